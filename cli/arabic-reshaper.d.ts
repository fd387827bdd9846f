// What is used of the package arabic-reshaper, which brings no types.

declare module 'arabic-reshaper' {
  const reshaper: {
    /** Letters in the forms of Arabic Presentation Forms-B, in the order of speech. */
    convertArabic(text: string): string;
  };

  export = reshaper;
}
