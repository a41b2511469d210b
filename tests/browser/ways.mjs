// Stretches of the ways through the example forms, for whoever wants to leave them: in any language,
// with any hands. Each begins where the one before ended.
import { program } from "./harness.mjs";

const now = new Date();
export const THIS_YEAR = now.getFullYear();

// The first of the month after next: "next month or later" on any day.
const from = new Date(now.getFullYear(), now.getMonth() + 2, 1);

export const PDF = { name: "lønnsslipp.pdf", mimeType: "application/pdf", buffer: pdf() };

// As little as a PDF may be, with its table of places right.
function pdf() {
  const parts = ["<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"];
  let text = "%PDF-1.4\n";
  const places = parts.map((part, i) => {
    const place = text.length;
    text += `${i + 1} 0 obj\n${part}\nendobj\n`;
    return String(place).padStart(10, "0") + " 00000 n \n";
  });
  const table = text.length;
  text += `xref\n0 4\n0000000000 65535 f \n${places.join("")}trailer << /Size 4 /Root 1 0 R >>\nstartxref\n${table}\n%%EOF\n`;
  return Buffer.from(text);
}

// To the first step, of a new draft; logs in unless somebody is.
export async function start(person, name) {
  await person.visit(`/skjema/${person.form}?lang=${person.language}`);
  if (await person.hasButton(person.t("start.begin"))) return person.press(person.t("start.begin"));
  await person.follow(person.t("start.login"));
  await person.logIn(name);
  if (await person.hasButton(person.t("start.anew"))) await person.press(person.t("start.anew"));
}

export async function next(person) {
  await person.press(person.t("ui.next"));
}

// Questions that hang on an answer come by themselves, or by a button.
export async function showFollowing(person, within) {
  if (await person.hasButton(person.t("control.refresh"), within))
    await person.press(person.t("control.refresh"), within);
}

export async function send(person) {
  await person.mustHaveHeading(person.t("review.title"));
  await person.tick(person.t("review.declaration"));
  await person.press(person.t("ui.submit"));
  await person.mustHaveHeading(person.t("receipt.title"));
}

export async function helloStep(person, name) {
  await person.fill(person.f("navn"), name);
  await person.fill(person.f("melding"), "Lyset ved skolen er borte.");
}

// ---- Reduced parental payment

export async function kindergarten(person) {
  await person.tick(person.f("barnehage.solbakken"));
  await person.fill(person.f("timer"), "41");
  await person.fillDate(person.f("fra"), 1, from.getMonth() + 1, from.getFullYear());
}

export const child = (person, number) => `${person.f("barn.felt").replace(/^./, (c) => c.toUpperCase())} ${number}`;

export async function fillChild(person, number, name, age) {
  const row = child(person, number);
  await person.fill(person.f("barn.navn"), name, row);
  await person.fillDate([row, person.f("barn.fodt")], 7, 3, THIS_YEAR - age);
}

export async function household(person, { partner = false, changed = false } = {}) {
  await person.tick(person.f(partner ? "sivil.samboer" : "sivil.alene"));
  if (partner) {
    await showFollowing(person, person.f("sivil"));
    await person.fill(person.f("partner.navn"), "Jonas Lie Berg");
    await person.fill(person.f("partner.fnr"), "148388 12180");
    await person.fill(person.f("partner.inntekt"), "300 000");
  }
  await person.fill(person.f("inntekt"), "412 000");
  await person.tick(person.f(changed ? "ja" : "nei"), person.f("endret"));
  if (changed) {
    await showFollowing(person, person.f("endret"));
    await person.fill(person.f("endring"), "Jeg har gått ned til 80 prosent stilling.");
  }
  await person.tick(person.f("bekreft"));
}

export async function contact(person) {
  for (let i = 0; i < 100 && (await person.heading()) === person.t("fetching.title"); i++)
    await person.press(person.t("fetching.go")); // somebody who is quicker than the registers
  await person.mustHaveHeading(person.f("soker"));
}

// From the start page to the documents step.
export async function toDocuments(person, name) {
  await start(person, name);
  await kindergarten(person);
  await fillChild(person, 1, "Nora Fjeld Berg", 3);
  await next(person);
  await household(person, { changed: true });
  await next(person);
  await contact(person);
  await next(person);
}

// ---- Documents from the postbox

// From the documents step to the consent given; the page waits for the postbox.
export async function consent(person) {
  await person.press(person.t("fetch.button"));
  await person.press(person.t("consent.go"));
}

// In the postbox (pages of the sandbox, in Norwegian), in a window beside: opens the newest request, ticks
// the newest of each [title, sender], shares.
export async function share(person, ...documents) {
  await person.waitFor(person.t("wait.open"));
  await person.inNewWindow(async () => {
    await person.visit(program.postbox);
    await person.follow(person.name);
    await person.follow("Fjordvik kommune ber deg dele dokument");
    for (const [title, sender] of documents) await person.tickDescribed(title, sender);
    await person.press("Del dokumenter");
    await person.mustSee("Du deler dokumenter");
  });
}

// Attaches all that was shared, and waits until it has come; the documents step says so.
export async function choose(person) {
  await person.waitForHeading(person.t("choose.title"));
  await person.press(person.t("choose.attach"));
  await person.waitForHeading(person.f("dokumentasjon"));
}

// Uploads to a requirement, by the label of its field.
export async function upload(person, requirement, file = PDF) {
  const label = person.t("upload.label.about", { felt: person.f(`${requirement}.felt`) });
  await person.attach(label, file);
  for (const button of ["upload.send", "upload.send.files"].map((id) => person.t(id)))
    if (await person.hasButton(button, person.f(requirement))) await person.press(button, person.f(requirement));
  await person.mustSee(file.name);
}

export async function later(person, requirement) {
  await person.open(person.t("upload.later.question"), person.f(requirement));
  await person.press(person.t("upload.later"), person.f(requirement));
  await person.mustSee(person.t("upload.later.is"));
}

// ---- A licence to serve food

export async function licence(person) {
  await person.fill(person.f("orgnr"), "310 245 682");
  await person.fill(person.f("foretak"), "Fjordkafeen AS");
  await person.tick(person.f("rolle.eier"));
  await person.fill(person.f("telefon"), "22 33 44 55");
  await next(person);
  await person.fill(person.f("sted.navn"), "Fjordkafeen");
  await person.fill(person.f("sted.adresse"), "Strandgata 9");
  await person.fill(person.f("sted.postnr"), "9999");
  await person.tick(person.f("slag.kafe"));
  await person.tick(person.f("slag.restaurant"));
  await person.fill(person.f("plasser"), "40");
  await person.tick(person.f("ja"), person.f("ute"));
  await person.tick(person.f("nei"), person.f("overtar"));
  await next(person);
  await person.fill(person.f("uke.fra"), "10");
  await person.fill(person.f("uke.til"), "23.00");
  await person.fill(person.f("helg.fra"), "kl. 10.30");
  await person.fill(person.f("helg.til"), "03.00");
  await person.tick(person.f("nei"), person.f("alkohol"));
  await next(person);
  await person.fill(person.f("leder.navn"), "Oddny Hauge");
  await person.fill(person.f("leder.fnr"), "218872 33060");
  await person.tick(person.f("ja"), person.f("bestatt"));
  await next(person);
  await person.tick(person.f("eier.person"));
  await showFollowing(person, person.f("eier.slag"));
  await person.fill(person.f("eier.navn"), "Oddny Hauge");
  await person.fill(person.f("eier.fnr"), "21887233060");
  await person.fill(person.f("eier.andel"), "66,5");
  await next(person);
}
