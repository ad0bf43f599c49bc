// A small plot: one or two lines over the last two minutes, the value now, and words for who does not see it.
import { element, part, setText } from "./dom.js";
import { NOTHING } from "./format.js";

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 120;
const HEIGHT = 40;
const TOP = 3; // so that the stroke at the highest value is not cut

function shape(name, attributes) {
  const node = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

// The line of a row, broken where it has no value, and the area below it.
function paths(row, scale) {
  const step = WIDTH / (row.length - 1);
  const offset = row.length - row.values.length;
  let line = "";
  let area = "";
  let start = null;
  let x = 0;
  const close = () => {
    if (start !== null) area += `L${x} ${HEIGHT}L${start} ${HEIGHT}Z`;
    start = null;
  };
  row.values.forEach((value, i) => {
    if (value === null) return close();
    x = ((i + offset) * step).toFixed(2);
    const y = (HEIGHT - (value / scale) * (HEIGHT - TOP)).toFixed(2);
    const command = start === null ? "M" : "L";
    line += `${command}${x} ${y}`;
    area += `${command}${x} ${y}`;
    if (start === null) start = x;
  });
  close();
  return { line, area };
}

// `format` says a value; `floor` is the least height of the scale, so that noise looks like noise.
export class Plot {
  constructor(list, { name, format, rows, floor = 1 }) {
    this.rows = rows;
    this.name = name;
    this.format = format;
    this.floor = floor;
    this.svg = shape("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
    this.area = shape("path", { class: "area" });
    this.lines = rows.map((_, i) => shape("path", { class: `line line${i}`, "vector-effect": "non-scaling-stroke" }));
    this.svg.append(this.area, ...this.lines);
    this.node = element(
      "li",
      { className: "plot" },
      element("h3", { textContent: name }),
      element("p", { className: "value", "data-part": "value" }),
      this.svg,
      element("p", { className: rows.length > 1 ? "soft second" : "soft", "data-part": "more" }),
    );
    list.append(this.node);
  }

  // `more` is the line below: whatever else there is to say.
  draw(more) {
    const now = this.rows[0].last;
    const highest = Math.max(0, ...this.rows.map((row) => row.highest ?? 0));
    const scale = Math.max(highest, this.floor);
    this.rows.forEach((row, i) => {
      const { line, area } = paths(row, scale);
      this.lines[i].setAttribute("d", line);
      if (i === 0) this.area.setAttribute("d", area);
    });
    const peak = this.rows[0].highest;
    setText(part(this.node, "value"), this.format(now));
    setText(part(this.node, "more"), more);
    const words = now === null && peak === null ? NOTHING : `now ${this.format(now)}, highest ${this.format(peak)}`;
    this.svg.setAttribute("aria-label", `${this.name}, the last two minutes: ${words}`);
  }
}
