import { listKeys } from "./keys.ts";
import type { Config } from "./schema.ts";
import { SECRET_VARIABLES } from "./secrets.ts";
import { createTable, type Table } from "./table.ts";

/** Every parameter with its value, unit and meaning, secrets masked; a star marks what differs from the default. */
export function configTable(config: Config): Table {
  const rows = listKeys().filter(({ key }) => key.type !== "overrides").map(({ path, key }) => {
    const value = path.split(".").reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], config);
    return [path, `${value}${value === key.default ? "" : " *"}`, key.unit, key.about];
  });
  // A secret's own text is its mask.
  const secrets = Object.entries(SECRET_VARIABLES).map(([variable, name]) => [
    variable,
    String(config.secrets[name] ?? "not set"),
    "",
    "from .env or the environment",
  ]);
  const overrides = Object.entries(config.backtest.overrides).flatMap(([section, changes]) =>
    typeof changes === "object"
      ? Object.entries(changes).map(([key, value]) => [`${section}.${key}`, String(value), "", ""])
      : [[section, String(changes), "", ""]]
  );
  const backtest = overrides.length > 0 ? [["what the backtest changes"], ...overrides] : [];
  const columns = ["parameter", "value", "unit", "meaning"];
  return createTable("Parameters (* differs from the default)", columns, [...secrets, ...rows, ...backtest], {
    align: "llll",
    isLong: true,
  });
}
