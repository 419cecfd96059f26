/** The header that most keys go out in (RFC 9110, 11.6.2). */

/** A key with a scheme of its own ("Basic dXNlcjpwYXNz") goes out as it is. */
export function authorization(scheme: string, key: string): Readonly<Record<string, string>> {
  const hasScheme = /^(?:ApiKey|Basic|Bearer|Splunk) /i.test(key);
  return { authorization: hasScheme ? key : `${scheme} ${key}` };
}
