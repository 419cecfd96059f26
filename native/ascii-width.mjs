/** The columns that ASCII text takes on a terminal: stands in for string-width in the bundle. */
export default function asciiWidth(text) {
  return text.length;
}
