// The version of the redactor: apart from its rules, so that it is known before they are loaded.

/** Grows when the same text would be redacted in another way. */
export const REDACTION = { version: 'redact-2' } as const;
