/**
 * Small checks, put together into guards for whatever arrives from outside.
 * Each returns the checked value or says where the message is malformed.
 */

export class MalformedError extends Error {
  constructor(where: string, expected: string) {
    super(`${where} should be ${expected}`);
    this.name = 'MalformedError';
  }
}

export type Check<T> = (value: unknown, where: string) => T;

/** The type that a check vouches for. */
export type Checked<C> = C extends Check<infer T> ? T : never;

function primitive<T>(
  expected: string,
  holds: (value: unknown) => value is T
): Check<T> {
  return (value, where) => {
    if (!holds(value)) {
      throw new MalformedError(where, expected);
    }
    return value;
  };
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const text = primitive(
  'text',
  (value): value is string => typeof value === 'string'
);

export const flag = primitive(
  'true or false',
  (value): value is boolean => typeof value === 'boolean'
);

export const number = primitive('a finite number', (value): value is number =>
  Number.isFinite(value)
);

export const index = primitive(
  'a whole number from 0 on',
  (value): value is number => Number.isInteger(value) && Number(value) >= 0
);

export function oneOf<T extends string | number>(...values: T[]): Check<T> {
  return primitive(`one of ${values.join(', ')}`, (value): value is T =>
    values.some(known => known === value)
  );
}

export function nullable<T>(check: Check<T>): Check<T | null> {
  return (value, where) => (value === null ? null : check(value, where));
}

export function optional<T>(check: Check<T>): Check<T | undefined> {
  return (value, where) =>
    value === undefined || value === null ? undefined : check(value, where);
}

export function list<T>(item: Check<T>): Check<T[]> {
  return (value, where) => {
    if (!Array.isArray(value)) {
      throw new MalformedError(where, 'a list');
    }
    return value.map((entry, i) => item(entry, `${where}[${i}]`));
  };
}

export function pair<T>(item: Check<T>): Check<[T, T]> {
  return (value, where) => {
    const [first, second, ...rest] = list(item)(value, where);
    if (first === undefined || second === undefined || rest.length > 0) {
      throw new MalformedError(where, 'a pair');
    }
    return [first, second];
  };
}

export function table<T>(item: Check<T>): Check<Record<string, T>> {
  return (value, where) => {
    if (!isRecord(value)) {
      throw new MalformedError(where, 'a table');
    }
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [
        key,
        item(entry, `${where}.${key}`)
      ])
    );
  };
}

/** An object with these fields; others are left out. */
export function record<T extends object>(fields: {
  [K in keyof T]-?: Check<T[K]>;
}): Check<T> {
  const names = Object.keys(fields) as (keyof T & string)[];
  return (value, where) => {
    if (!isRecord(value)) {
      throw new MalformedError(where, 'an object');
    }
    const checked: Partial<T> = {};
    for (const name of names) {
      checked[name] = fields[name](value[name], `${where}.${name}`);
    }
    return checked as T;
  };
}
