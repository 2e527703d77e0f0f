/** A file that cannot be read or written as it should. The message is one line with the path and says it all. */
export class DataError extends Error {
  override readonly name = "DataError";
}
