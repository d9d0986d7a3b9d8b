/**
 * The address of a database server as it may be shown or saved: without its password. One that was not encoded may hold @ and /,
 * so it goes on to the last @.
 */
export function withoutPassword(address: string): string {
  return address
    .replace(/\b(password|passwd|pwd)\s*=\s*(''[^']*''|'(?:\\.|[^'\\])*'|[^\s;]+)/gi, '$1=…')
    .replace(/(:\/\/[^:/@\s]*):\S+@/g, '$1:…@');
}
