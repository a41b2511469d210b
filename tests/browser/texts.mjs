// What people read, by id and language: the site's own texts and those of the example forms. So a
// journey is written once, and walked in every language.
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { ROOT } from "./program.mjs";

const site = new Map();
for (const table of ["render/messages.tsv", "engine/pages/messages.tsv", "forms/messages.tsv"]) {
  const [head, ...rows] = readFileSync(join(ROOT, table), "utf8").split("\n").map((row) => row.split("\t"));
  for (const [id, ...texts] of rows)
    site.set(id, Object.fromEntries(texts.map((text, i) => [head[i + 1], text])));
}

// {words} are put in where they are given; elsewhere the text ends there.
export function siteText(language, id, words = {}) {
  const text = site.get(id)?.[language];
  if (text === undefined) throw new Error(`no text ${id} in ${language}`);
  return text.replace(/{(\w+)}/g, (all, word) => words[word] ?? all);
}

const unescape = (xml) =>
  xml.replace(/&lt;/g, "<").replace(/&gt;/g, ">").replace(/&quot;/g, '"').replace(/&amp;/g, "&");

function readForm(name) {
  const texts = {}, folder = join(ROOT, "examples", name);
  for (const file of readdirSync(folder).filter((file) => file.endsWith(".xml")))
    for (const [, language, inside] of readFileSync(join(folder, file), "utf8")
      .matchAll(/<translation[^>]*\blang="(\w+)"[^>/]*>(.*?)<\/translation>/gs))
      for (const [, id, text] of inside.matchAll(/<text id="([^"]+)"><value>([^<]*)</g))
        (texts[language] ??= {})[id] = unescape(text);
  return texts;
}

const forms = new Map();
export function formText(form, language, id) {
  if (!forms.has(form)) forms.set(form, readForm(form));
  const texts = forms.get(form), text = texts[language]?.[id] ?? texts.nb[id];
  if (text === undefined) throw new Error(`no text ${id} in ${form}`);
  return text;
}
