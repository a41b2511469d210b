#include "everything.h"

#include "agree.h"
#include "engine/base/text.h"
#include "forms/parse.h"
#include "fuzz.h"

#include <string.h>

const char everything_source[] =
    "<h:html xmlns='http://www.w3.org/2002/xforms' xmlns:h='http://www.w3.org/1999/xhtml' "
    "xmlns:jr='http://openrosa.org/javarosa' xmlns:sk='urn:skjema:1'>"
    "<h:head><h:title>Alt</h:title><model>"
    "<itext><translation lang='nb' default='true()'><text id='rad'><value>Rad "
    "<output value='position(..)'/></value></text></translation>"
    "<translation lang='en'><text id='rad'><value>Row</value></text></translation></itext>"
    "<instance><data id='alt' version='1'>"
    "<g><navn/><hel/><tall/><belop/><fodt/><naar/><maned/><tid/><fnr/><orgnr/><konto/><telefon/>"
    "<postnr/><epost/><adresse/><valg/><valg2/><flere/><by/><byer/><enig/><ja/><hemmelig/><fast>"
    "gitt</fast><skjult/><lang/><grad/></g>"
    "<annen><felt/><sum/><satt/><tekst/></annen>"
    "<r jr:template=''><navn/><n>1</n><pris/><k jr:template=''><a/><b/></k></r>"
    "<m><x/></m><vedlegg><v/><w/></vedlegg>"
    "</data></instance>"
    "<instance id='byer'><root><i><l>no</l><b>oslo</b></i><i><l>no</l><b>bodo</b></i>"
    "<i><l>se</l><b>umea</b></i></root></instance>"
    "<bind nodeset='/data/g'>"
    "<bind nodeset='navn' required='true()' constraint='string-length(.) &gt; 1'/>"
    "<bind nodeset='hel' type='int' constraint='. &gt;= 0 and . &lt; 1000'/>"
    "<bind nodeset='tall' type='decimal'/><bind nodeset='belop' type='sk:belop'/>"
    "<bind nodeset='fodt' type='date' constraint='. &lt;= today()'/>"
    "<bind nodeset='naar' type='dateTime'/><bind nodeset='maned' type='date'/>"
    "<bind nodeset='tid' type='time'/><bind nodeset='fnr' type='sk:fnr'/>"
    "<bind nodeset='orgnr' type='sk:orgnr'/><bind nodeset='konto' type='sk:konto'/>"
    "<bind nodeset='telefon' type='sk:telefon'/><bind nodeset='postnr' type='sk:postnr'/>"
    "<bind nodeset='epost' type='email'/><bind nodeset='adresse' type='anyURI'/>"
    "<bind nodeset='enig' type='boolean' required='true()'/>"
    "<bind nodeset='fast' readonly='true()'/>"
    "<bind nodeset='skjult' relevant=\"../valg = 'ja'\"/>"
    "<bind nodeset='grad' type='int'/></bind>"
    "<bind nodeset='/data/annen/sum' type='decimal' "
    "calculate='sum(/data/r/pris[. != \"\"]) + count(/data/r/k[a != \"\"])'/>"
    "<bind nodeset='/data/annen/tekst' calculate=\"concat(/data/g/navn, ' ', /data/g/skjult, ' ', "
    "join(',', /data/r/k/b))\"/>"
    "<bind nodeset='/data/r/n' type='int'/>"
    "<bind nodeset='/data/r/pris' type='decimal' calculate='if(../n &gt; 0, ../n * position(..), "
    "0)'/>"
    "<bind nodeset='/data/r/k' relevant=\"../navn != ''\"/>"
    "<bind nodeset='/data/r/k/b' calculate=\"concat(../a, position(../..))\"/>"
    "<bind nodeset='/data/vedlegg/v' type='binary' required='true()'/>"
    "<bind nodeset='/data/vedlegg/w' type='binary' relevant=\"/data/g/flere = 'a b'\"/>"
    "</model></h:head><h:body class='pages'>"
    "<group ref='/data/g' appearance='field-list'><label>Alt</label>"
    "<input ref='/data/g/navn'><label>Navn</label>"
    "<setvalue event='xforms-value-changed' ref='/data/annen/satt' value=\"concat(., "
    "'!')\"/></input>"
    "<input ref='/data/g/hel'><label>Hel</label></input>"
    "<input ref='/data/g/tall' sk:min='-10' sk:max='10'><label>Tall</label></input>"
    "<input ref='/data/g/belop'><label>Beløp</label></input>"
    "<input ref='/data/g/fodt'><label>Født</label></input>"
    "<input ref='/data/g/naar'><label>Når</label></input>"
    "<input ref='/data/g/maned' appearance='month-year'><label>Måned</label></input>"
    "<input ref='/data/g/tid'><label>Tid</label></input>"
    "<input ref='/data/g/fnr'><label>Fnr</label></input>"
    "<input ref='/data/g/orgnr'><label>Orgnr</label></input>"
    "<input ref='/data/g/konto'><label>Konto</label></input>"
    "<input ref='/data/g/telefon'><label>Telefon</label></input>"
    "<input ref='/data/g/postnr'><label>Postnr</label></input>"
    "<input ref='/data/g/epost'><label>E-post</label></input>"
    "<input ref='/data/g/adresse'><label>Adresse</label></input>"
    "<select1 ref='/data/g/valg'><label>Valg</label><item><label>Ja</label><value>ja</value></item>"
    "<item><label>Nei</label><value>nei</value></item></select1>"
    "<select1 ref='/data/g/valg2' appearance='minimal'><label>Land</label>"
    "<item><label>Norge</label><value>no</value></item><item><label>Sverige</label>"
    "<value>se</value></item></select1>"
    "<select ref='/data/g/flere'><label>Flere</label><item><label>A</label><value>a</value></item>"
    "<item><label>B</label><value>b</value></item></select>"
    "<select1 ref='/data/g/by'><label>By</label><itemset nodeset=\"instance('byer')/root/i"
    "[l = /data/g/valg2]\"><value ref='b'/><label ref='b'/></itemset></select1>"
    "<select ref='/data/g/byer'><label>Byer</label><itemset nodeset=\"instance('byer')/root/i"
    "[l = current()/../valg2 or l = 'se']\"><value ref='b'/><label ref='b'/></itemset></select>"
    "<input ref='/data/g/enig'><label>Enig</label></input>"
    "<trigger ref='/data/g/ja'><label>Ja</label></trigger>"
    "<secret ref='/data/g/hemmelig'><label>Hemmelig</label></secret>"
    "<input ref='/data/g/fast'><label>Fast</label></input>"
    "<input ref='/data/g/skjult'><label>Skjult</label></input>"
    "<textarea ref='/data/g/lang' sk:max='50'><label>Lang</label></textarea>"
    "<range ref='/data/g/grad' start='1' end='5' step='1'><label>Grad</label></range></group>"
    "<group ref='/data/annen'><label>Annen</label><input ref='/data/annen/felt'><label>Felt</label>"
    "</input><input ref='/data/annen/satt'><label>Satt</label></input>"
    "<output ref='/data/annen/sum'><label>Sum</label></output></group>"
    "<group ref='/data/r' appearance='field-list'><label>Rader</label>"
    "<repeat nodeset='/data/r' sk:min='1' sk:max='4'><label ref=\"jr:itext('rad')\"/>"
    "<input ref='/data/r/navn'><label>Navn</label></input>"
    "<input ref='/data/r/n'><label>N</label></input>"
    "<repeat nodeset='/data/r/k'><input ref='/data/r/k/a'><label>A</label></input></repeat>"
    "</repeat><repeat nodeset='/data/m' jr:count='/data/g/grad'>"
    "<input ref='/data/m/x'><label>X</label></input></repeat></group>"
    "<group ref='/data/vedlegg'><label>Vedlegg</label>"
    "<upload ref='/data/vedlegg/v' accept='application/pdf' sk:sources='postbox disk later' "
    "sk:files='2' sk:max-files='3'><label>V</label><sk:match type='diploma' max-age='P10Y'/></upload>"
    "<upload ref='/data/vedlegg/w'><label>W</label></upload></group>"
    "</h:body></h:html>";

struct form *everything_open(void)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct finding_list findings;
    finding_list_init(&findings, arena);
    struct form *form = parse_form(BYTES_OF(everything_source), "alt/form.xml", &findings);
    fuzz_promise(form, "the form of this file loads",
                 findings.count ? findings.items[0].text : NULL);
    return form;
}

bool everything_writes(const struct form_field *field)
{
    return field->calculate || strcmp(field->path, "/data/annen/satt") == 0 ||
           (field->control && field->control->items) ||
           (field->parent && field->parent->is_repeat && strcmp(field->parent->name, "m") == 0);
}

/* ---- Rows ---- */

struct ids {
    struct arena *arena;
    const char *seen[2000];
    size_t count;
};

static void note_row(struct place *place, void *context)
{
    struct ids *ids = context;
    if (!place_field(place)->is_repeat || ids->count == COUNT(ids->seen))
        return;
    const char *id = place_id(ids->arena, place);
    for (size_t i = 0; i < ids->count; i++)
        fuzz_promise(!text_equal(ids->seen[i], id), "each row has an id of its own", id);
    ids->seen[ids->count++] = id;
}

void everything_check_rows(struct answers *answers)
{
    CLEANUP(arena_close) struct arena *arena = arena_open();
    struct ids *ids = ARENA_NEW(arena, struct ids);
    ids->arena = arena;
    agree_each(answers_root(answers), note_row, ids);
}
