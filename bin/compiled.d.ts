/** The URL to import in place of a TypeScript file of this project; compiled.js has the promises. */
export function compiled(
  entry: string,
  options?: { readonly root?: string; readonly more?: readonly string[] },
): Promise<string>;
