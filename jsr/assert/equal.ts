/** Whether two prototypes count as one: the same constructor, or a plain object against one without prototype. */
function sameKind(a: object, b: object): boolean {
  return a.constructor === b.constructor ||
    (a.constructor === Object && !b.constructor) || (!a.constructor && b.constructor === Object);
}

const ownKeys = (object: object): PropertyKey[] => [
  ...Object.keys(object),
  ...Object.getOwnPropertySymbols(object).filter((key) => Object.prototype.propertyIsEnumerable.call(object, key)),
];

/** Entries whose keys are compared deeply, as maps and sets may be keyed by objects. */
function sameEntries(a: [unknown, unknown][], b: [unknown, unknown][], same: Comparison): boolean {
  const rest = [...b];
  return a.every(([key, value]) => {
    const at = rest.findIndex(([otherKey, otherValue]) => same(key, otherKey) && same(value, otherValue));
    if (at >= 0) rest.splice(at, 1);
    return at >= 0;
  });
}

type Comparison = (a: unknown, b: unknown) => boolean;

/**
 * Deep equality as assertions mean it: same structure, same types, same constructors. NaN equals NaN, 0 equals -0, and a
 * property that is undefined differs from one that is absent.
 *
 * @throws {TypeError} for two WeakMaps or two WeakSets, whose contents cannot be seen
 */
export function equal(a: unknown, b: unknown): boolean {
  const open = new Map<unknown, unknown>();
  const same: Comparison = (x, y) => {
    if (Object.is(x, y) || x === y) return true;
    if (typeof x !== "object" || typeof y !== "object" || x === null || y === null) return false;
    if (!sameKind(x, y)) return false;
    if (x instanceof Date && y instanceof Date) return Object.is(x.getTime(), y.getTime());
    if ((x instanceof RegExp && y instanceof RegExp) || (x instanceof URL && y instanceof URL)) {
      return String(x) === String(y);
    }
    if (x instanceof WeakMap || x instanceof WeakSet) {
      throw new TypeError(`cannot compare ${x instanceof WeakMap ? "WeakMap" : "WeakSet"} instances`);
    }
    if (x instanceof WeakRef && y instanceof WeakRef) return same(x.deref(), y.deref());
    if (open.get(x) === y) return true;
    open.set(x, y);
    if ((x instanceof Map && y instanceof Map) || (x instanceof Set && y instanceof Set)) {
      return x.size === y.size && sameEntries([...x.entries()], [...y.entries()], same);
    }
    if (x instanceof Error && y instanceof Error && (x.message !== y.message || x.name !== y.name)) return false;
    const keys = ownKeys(x);
    return keys.length === ownKeys(y).length &&
      keys.every((key) => key in y && same(Reflect.get(x, key), Reflect.get(y, key)));
  };
  return same(a, b);
}
