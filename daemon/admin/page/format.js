// Numbers and times as people read them.

const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const whole = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "medium" });

export const NOTHING = "–";

const known = (number) => typeof number === "number" && Number.isFinite(number);

function threeDigits(number) {
  if (number === 0) return "0";
  if (number < 0.1) return number.toPrecision(1);
  if (number < 10) return number.toFixed(1).replace(/\.0$/, "");
  return String(Math.round(number));
}

function scaled(number, step, units) {
  let unit = 0;
  while (number >= step * 0.9995 && unit < units.length - 1) {
    number /= step;
    unit += 1;
  }
  return [threeDigits(number), units[unit]];
}

export const count = (number) => (known(number) ? grouped.format(number) : NOTHING);

// 12, 3.4k, 1.2M
export function short(number) {
  if (!known(number)) return NOTHING;
  const [digits, unit] = scaled(number, 1000, ["", "k", "M", "G"]);
  return digits + unit;
}

export const perSecond = (number) => (known(number) ? `${short(number)}/s` : NOTHING);

export function bytes(number) {
  if (!known(number)) return NOTHING;
  return scaled(number, 1000, ["B", "kB", "MB", "GB", "TB"]).join(" ");
}

export const bytesPerSecond = (number) => (known(number) ? `${bytes(number)}/s` : NOTHING);

// 320 µs, 4.5 ms, 1.2 s, 3 min
export function seconds(number) {
  if (!known(number)) return NOTHING;
  if (number === 0) return "0 s";
  if (number < 60) return scaled(number * 1e6, 1000, ["µs", "ms", "s"]).join(" ");
  return duration(number);
}

// 42 s, 5 min, 3 h 12 min, 4 d 3 h
export function duration(number) {
  if (!known(number)) return NOTHING;
  const total = Math.max(0, Math.floor(number));
  const [days, hours, minutes] = [Math.floor(total / 86400), Math.floor(total / 3600) % 24, Math.floor(total / 60) % 60];
  if (days) return `${days} d ${hours} h`;
  if (hours) return `${hours} h ${minutes} min`;
  return minutes ? `${minutes} min` : `${total} s`;
}

export const time = (milliseconds) => clock.format(new Date(milliseconds));
export const date = (milliseconds) => whole.format(new Date(milliseconds));
export const iso = (milliseconds) => new Date(milliseconds).toISOString();

export const plural = (number, one, many = `${one}s`) => `${count(number)} ${number === 1 ? one : many}`;
