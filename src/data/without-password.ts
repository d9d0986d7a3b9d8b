/** The address of a database server as it may be shown or saved: without its password. */
export function withoutPassword(address: string): string {
  return address
    .replace(/\b(password|passwd|pwd)\s*=\s*('[^']*'|[^\s;]+)/gi, '$1=…')
    .replace(/(:\/\/[^:/@\s]*):[^@/\s]+@/g, '$1:…@');
}
