"""The content of bench_receipt.c as WeasyPrint makes it, tagged, with the answers inside:
   receipt_weasyprint.py REGULAR.ttf BOLD.ttf ANSWERS TIMES
Prints the median of processor time in milliseconds, and the size in bytes."""
import inspect
import io
import sys
import time

from weasyprint import HTML, Attachment
from weasyprint.text.fonts import FontConfiguration

regular, bold, answers, times = sys.argv[1:5]
TITLE = 'Søknad om redusert foreldrebetaling'


def pair(label, value):
    return f'<dt>{label}</dt><dd>{value}</dd>'


def page():
    parts = [f'''<!DOCTYPE html><html lang="nb"><head><meta charset="utf-8"><title>{TITLE}</title><style>
@font-face {{ font-family: Text; src: url(file://{regular}) }}
@font-face {{ font-family: Text; font-weight: bold; src: url(file://{bold}) }}
@page {{ size: A4; margin: 62pt; @bottom-right {{ content: "Side " counter(page) " av " counter(pages) }} }}
body {{ font: 10pt/15pt Text; color: #23272f }} h1 {{ font-size: 21pt; line-height: 28pt }}
h3 {{ color: #0062ba; font-size: 11pt }} dt, .small {{ font-size: 8.5pt; line-height: 12pt; color: #59606c }}
dd {{ margin: 0 0 7pt }}</style></head><body>
<p><b>Fjordvik kommune</b></p><p class="small">Org.nr. 310 245 682<br>Rådhusplassen 1, 9999 Fjordvik</p>
<p>Kvittering</p><h1>{TITLE}</h1><dl>''',
             pair('Referanse', 'FB-2026-004182'),
             pair('Mottatt', '23. november 2026 kl. 12.00 (norsk tid)'),
             pair('Sendt inn av', 'Ingrid Fjeld'),
             '''</dl><h2>Hva skjer nå?</h2><ul>
<li>Vi kontrollerer inntekten mot opplysninger fra Skatteetaten.</li>
<li>Vedtaket kommer i din digitale postkasse.</li></ul><h2>Svarene dine</h2>''']
    for i in range(int(answers)):
        if i % 10 == 0:
            parts.append(f'{"</dl>" if i else ""}<h3>Del {i // 10 + 1}</h3><dl>')
        parts.append(pair(f'Ledetekst nummer {i} for spørsmål',
                          f'Svar {i}: blåbærsyltetøy, årsregnskap og Áŋŋa Čáhppe'))
    parts.append('</dl><h2>Dokumentene du sendte inn</h2><table><tr><th>Dokument<th>Fra<th>Størrelse</tr>')
    for i in range(3):
        parts.append('<tr><td>Skattemelding for 2025 (PDF)<td>Skatteetaten (org.nr. 974 761 076)<td>184 kB</tr>'
                     '<tr><td colspan=3>SHA-256: '
                     '9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08</tr>')
    return ''.join(parts) + '</table></body></html>'


XML = '<data>' + ''.join(f'<svar{i}>Svar {i}: blåbærsyltetøy, årsregnskap og Áŋŋa Čáhppe</svar{i}>'
                         for i in range(int(answers))) + '</data>'
# The option had another name before version 59.
NAMES = inspect.signature(HTML.write_pdf).parameters
TAGGED = {'variant' if 'variant' in NAMES else 'pdf_variant': 'pdf/ua-1'}
ms, size = [], 0
for _ in range(int(times)):
    start = time.process_time()
    pdf = HTML(string=page()).write_pdf(font_config=FontConfiguration(), **TAGGED,
                                        attachments=[Attachment(file_obj=io.BytesIO(XML.encode()), description='soknad.xml')])
    ms.append((time.process_time() - start) * 1000)
    size = len(pdf)
print(f'{sorted(ms)[len(ms) // 2]:.2f} {size}')
