/** A pattern of Redis (`KEYS`, `SCAN MATCH`) that matches this text and nothing else. */
export function escapeGlob(text: string): string {
  return text.replaceAll(/[\\*?[\]^-]/g, String.raw`\$&`);
}
