/**
 * The contrast of every text on a page, as the browser draws it.
 *
 * axe does not judge text on mixed colours (`color-mix`), which most of our tints are. Here every colour is drawn on a
 * canvas and read back, and the backgrounds are laid over each other.
 *
 * @module
 */
import type { Page } from "playwright-core";

/** The texts of the page with less contrast than WCAG AA asks for, as `ratio element: text`; controls that are off are left out. */
export function faintTexts(page: Page): Promise<string[]> {
  return page.evaluate<string[]>(`(() => {${MEASURE} return faint();})()`);
}

/**
 * The same for a mark of every hue on every surface, whether the page shows it or not.
 *
 * @param mark The class of the mark, `badge` for one.
 */
export function faintMarks(page: Page, mark: string, hues: readonly string[]): Promise<string[]> {
  const surfaces = ["bg", "pane", "card", "card-2", "hover", "press"];
  return page.evaluate<string[]>(`(() => {${MEASURE}
    const found = [];
    for (const surface of ${JSON.stringify(surfaces)}) for (const hue of ${JSON.stringify(hues)}) {
      const box = document.createElement("div");
      box.className = "faint-sample";
      const text = document.createElement("span");
      text.className = "${mark} " + hue;
      text.textContent = "Aa";
      box.append(text);
      document.body.append(box);
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(".faint-sample { background: var(--" + surface + ") }");
      document.adoptedStyleSheets = [sheet];
      const fault = judge(text, "on " + surface);
      if (fault) found.push(fault);
      box.remove();
    }
    document.adoptedStyleSheets = [];
    return found;
  })()`);
}

// As text: the tests' own types know no browser.
const MEASURE = `
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const known = new Map();
  /** Red, green, blue and alpha. Of a transparent colour the canvas loses digits, so its alpha is read from the text. */
  function read(colour) {
    if (known.has(colour)) return known.get(colour);
    const alpha = /^rgba\\(.*, ([\\d.]+)\\)$|\\/ ([\\d.]+)\\)$/.exec(colour);
    const opaque = colour.replace(/^rgba\\((.*), [\\d.]+\\)$/, "rgb($1)").replace(/ \\/ [\\d.]+\\)$/, ")");
    context.fillStyle = opaque;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b] = context.getImageData(0, 0, 1, 1).data;
    const value = [r, g, b, alpha ? Number(alpha[1] ?? alpha[2]) : 1];
    known.set(colour, value);
    return value;
  }
  const over = ([r, g, b, a], under) => [r, g, b].map((c, i) => c * a + under[i] * (1 - a));
  function luminance(rgb) {
    const [r, g, b] = rgb.map((c) => (c / 255 <= 0.04045 ? c / 255 / 12.92 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  }
  function behind(element) {
    const layers = [];
    for (let e = element; e; e = e.parentElement) {
      const layer = read(getComputedStyle(e).backgroundColor);
      if (layer[3] > 0) layers.unshift(layer);
      if (layer[3] === 1) break;
    }
    return layers.reduce((under, layer) => over(layer, under), [255, 255, 255]);
  }
  function judge(element, text, colour = getComputedStyle(element).color) {
    if (element.closest("[disabled], [aria-disabled=true]")) return null;
    const under = behind(element);
    let [r, g, b, a] = read(colour);
    for (let e = element; e; e = e.parentElement) a *= Number(getComputedStyle(e).opacity);
    const [light, dark] = [luminance(over([r, g, b, a], under)), luminance(under)].sort((x, y) => y - x);
    const ratio = (light + 0.05) / (dark + 0.05);
    const { fontSize, fontWeight } = getComputedStyle(element);
    const large = parseFloat(fontSize) >= 24 || (parseFloat(fontSize) >= 18.66 && Number(fontWeight) >= 700);
    if (ratio >= (large ? 3 : 4.5)) return null;
    return ratio.toFixed(2) + " " + element.tagName.toLowerCase() + "." + element.className + ": " + text.slice(0, 40);
  }
  function faint() {
    const found = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { parentElement: element, textContent } = walker.currentNode;
      const text = textContent.trim();
      if (text === "" || !element.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
      const { width, height } = element.getBoundingClientRect();
      if (width > 1 && height > 1) found.push(judge(element, text));
    }
    for (const field of document.querySelectorAll("[placeholder]"))
      if (field.checkVisibility()) found.push(judge(field, field.placeholder, getComputedStyle(field, "::placeholder").color));
    return [...new Set(found.filter((fault) => fault !== null))];
  }`;
