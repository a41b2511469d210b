#include "render/pdf_metadata.h"

#include "engine/base/buf.h"
#include "engine/base/clock.h"
#include "engine/base/text.h"

#include <stdlib.h>
#include <string.h>

/* "2026-11-23T12:00:00+01:00" */
static const char *date_of(struct arena *arena, int64_t at)
{
    struct clock_time time = clock_oslo(at);
    int offset = abs(time.offset_minutes);
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d%c%02d:%02d", time.year, time.month,
                        time.day, time.hour, time.minute, time.second,
                        time.offset_minutes < 0 ? '-' : '+', offset / 60, offset % 60);
}

static void add_escaped(struct buf *out, const char *text)
{
    for (uint32_t c; (c = text_next(&text));) {
        if (strchr("<>&", (int)c) && c < 0x80)
            buf_printf(out, "&#%u;", (unsigned)c);
        else
            buf_add_utf8(out, c < ' ' || c == 0xFFFE || c == 0xFFFF ? 0xFFFD : c);
    }
}

static void add_property(struct buf *out, const char *before, const char *text, const char *after)
{
    buf_add_text(out, before);
    add_escaped(out, text);
    buf_add_text(out, after);
}

struct bytes pdf_metadata(struct arena *arena, const struct pdf_about *about, const char *producer)
{
    const char *date = date_of(arena, about->created_at);
    struct buf xmp;
    buf_init(&xmp, arena);
    buf_add_text(&xmp, "<?xpacket begin=\"\uFEFF\" id=\"W5M0MpCehiHzreSzNTczkc9d\"?>\n"
                       "<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF"
                       " xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\">\n"
                       "<rdf:Description rdf:about=\"\""
                       " xmlns:dc=\"http://purl.org/dc/elements/1.1/\""
                       " xmlns:xmp=\"http://ns.adobe.com/xap/1.0/\""
                       " xmlns:pdf=\"http://ns.adobe.com/pdf/1.3/\""
                       " xmlns:pdfuaid=\"http://www.aiim.org/pdfua/ns/id/\">\n"
                       "<dc:format>application/pdf</dc:format>\n");
    add_property(&xmp, "<dc:title><rdf:Alt><rdf:li xml:lang=\"x-default\">", about->title,
                 "</rdf:li></rdf:Alt></dc:title>\n");
    add_property(&xmp, "<dc:creator><rdf:Seq><rdf:li>", about->author,
                 "</rdf:li></rdf:Seq></dc:creator>\n");
    add_property(&xmp, "<dc:language><rdf:Bag><rdf:li>", about->language,
                 "</rdf:li></rdf:Bag></dc:language>\n");
    add_property(&xmp, "<xmp:CreateDate>", date, "</xmp:CreateDate>\n");
    add_property(&xmp, "<xmp:ModifyDate>", date, "</xmp:ModifyDate>\n");
    add_property(&xmp, "<pdf:Producer>", producer, "</pdf:Producer>\n");
    buf_add_text(&xmp, "<pdfuaid:part>1</pdfuaid:part>\n"
                       "</rdf:Description></rdf:RDF></x:xmpmeta>\n<?xpacket end=\"r\"?>");
    return buf_bytes(&xmp);
}
