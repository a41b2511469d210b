// The content of bench_receipt.c as PDFKit makes it, tagged, with the answers inside:
//   node receipt.mjs REGULAR.ttf BOLD.ttf ANSWERS TIMES
// Prints the median of processor time in milliseconds, and the size in bytes.
import PDFDocument from 'pdfkit';
import { readFileSync } from 'node:fs';

const [regular, bold, answers, times] = process.argv.slice(2);
const fonts = { regular: readFileSync(regular), bold: readFileSync(bold) };
const title = 'Søknad om redusert foreldrebetaling';

function make() {
    const doc = new PDFDocument({
        size: 'A4', margin: 62, pdfVersion: '1.7', tagged: true, lang: 'nb', displayTitle: true,
        bufferPages: true, info: { Title: title, Author: 'Fjordvik kommune' },
    });
    doc.registerFont('regular', fonts.regular).registerFont('bold', fonts.bold);
    const root = doc.struct('Document');
    doc.addStructure(root);
    const say = (into, role, font, size, color, text) =>
        into.add(doc.struct(role, () => { doc.font(font).fontSize(size).fillColor(color).text(text); }));
    const pair = (list, label, value) => {
        const item = doc.struct('LI');
        list.add(item);
        say(item, 'Lbl', 'regular', 8.5, '#59606C', label);
        say(item, 'LBody', 'regular', 10, '#23272F', value);
        item.end();
    };
    const list = () => { const l = doc.struct('L'); root.add(l); return l; };

    say(root, 'P', 'bold', 12, '#23272F', 'Fjordvik kommune');
    say(root, 'P', 'regular', 8.5, '#59606C', 'Org.nr. 310 245 682\nRådhusplassen 1, 9999 Fjordvik');
    say(root, 'P', 'bold', 10, '#0062BA', 'Kvittering');
    say(root, 'H1', 'bold', 21, '#23272F', title);
    const facts = list();
    pair(facts, 'Referanse', 'FB-2026-004182');
    pair(facts, 'Mottatt', '23. november 2026 kl. 12.00 (norsk tid)');
    pair(facts, 'Sendt inn av', 'Ingrid Fjeld');
    facts.end();
    say(root, 'H2', 'bold', 13.5, '#23272F', 'Hva skjer nå?');
    say(root, 'P', 'regular', 10, '#23272F', 'Vi kontrollerer inntekten mot opplysninger fra Skatteetaten.');
    say(root, 'P', 'regular', 10, '#23272F', 'Vedtaket kommer i din digitale postkasse.');
    say(root, 'H2', 'bold', 13.5, '#23272F', 'Svarene dine');
    let part = null;
    for (let i = 0; i < Number(answers); i++) {
        if (i % 10 === 0) {
            part?.end();
            say(root, 'H3', 'bold', 11, '#0062BA', `Del ${i / 10 + 1}`);
            part = list();
        }
        pair(part, `Ledetekst nummer ${i} for spørsmål`,
             `Svar ${i}: blåbærsyltetøy, årsregnskap og Áŋŋa Čáhppe`);
    }
    part?.end();
    say(root, 'H2', 'bold', 13.5, '#23272F', 'Dokumentene du sendte inn');
    for (let i = 0; i < 3; i++)
        say(root, 'P', 'regular', 9.5, '#23272F',
            'Skattemelding for 2025 (PDF), Skatteetaten (org.nr. 974 761 076), 184 kB\nSHA-256: ' +
            '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08');
    root.end();
    const pages = doc.bufferedPageRange().count;
    for (let i = 0; i < pages; i++) {
        doc.switchToPage(i);
        doc.page.margins.bottom = 0;
        doc.markContent('Artifact', { type: 'Pagination' });
        doc.font('regular').fontSize(8.5).text(`Side ${i + 1} av ${pages}`, 62, 800);
        doc.endMarkedContent();
    }
    doc.file(Buffer.from(xml), { name: 'soknad.xml', relationship: 'Source' });
    return new Promise((resolve) => {
        let size = 0;
        doc.on('data', (chunk) => { size += chunk.length; });
        doc.on('end', () => resolve(size));
        doc.end();
    });
}

let xml = '<data>';
for (let i = 0; i < Number(answers); i++)
    xml += `<svar${i}>Svar ${i}: blåbærsyltetøy, årsregnskap og Áŋŋa Čáhppe</svar${i}>`;
xml += '</data>';
const ms = [];
let size = 0;
for (let i = 0; i < Number(times); i++) {
    const before = process.cpuUsage();
    size = await make();
    const used = process.cpuUsage(before);
    ms.push((used.user + used.system) / 1000);
}
ms.sort((a, b) => a - b);
console.log(`${ms[ms.length >> 1].toFixed(2)} ${size}`);
