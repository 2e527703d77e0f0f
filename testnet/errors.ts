/**
 * Binance's error answers: an HTTP status, a code and a message.
 *
 * @module
 */

/** An error that a client is to see. */
export class ApiError extends Error {
  constructor(readonly status: number, readonly code: number, message: string) {
    super(message);
  }
}

/** A request that is wrong: HTTP 400. */
export const badRequest = (code: number, message: string): ApiError => new ApiError(400, code, message);

export const invalidSymbol = (): ApiError => badRequest(-1121, "Invalid symbol.");
export const invalidInterval = (): ApiError => badRequest(-1120, "Invalid interval.");
export const invalidValue = (name: string): ApiError =>
  badRequest(-1130, `Data sent for parameter '${name}' is not valid.`);
export const illegalCharacters = (name: string, range: string): ApiError =>
  badRequest(-1100, `Illegal characters found in parameter '${name}'; legal range is '${range}'.`);
export const mandatoryMissing = (name: string): ApiError =>
  badRequest(-1102, `Mandatory parameter '${name}' was not sent, was empty/null, or malformed.`);
export const invalidCombination = (): ApiError => badRequest(-1128, "Combination of optional parameters invalid.");
