/** What can stand in a request line, and what in a header: RFC 9112, section 3, and RFC 9110, sections 5.1 and 5.5. */
export const httpSyntax = {
  method: /^[A-Za-z]+$/,
  path: /^\/[!-\u00ff]*$/,
  headerName: /^[\w!#$%&'*+.^`|~-]+$/,
  headerValue: /^[\t -~\u0080-\u00ff]*$/,
} as const;
