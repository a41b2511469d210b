#include "engine/sandbox/sandbox_documents.h"

#include "engine/base/clock.h"
#include "forms/locale.h"
#include "render/pdf_layout.h"

#include <assert.h>
#include <string.h>

#define INK 0x1F1F1F
#define GREY 0x5A5A5A
#define RULE 0xC9C9C9

static const struct pdf_style sender_style = {PDF_BOLD, 15, 20, INK};
static const struct pdf_style title_style = {PDF_BOLD, 18, 24, INK};
static const struct pdf_style heading_style = {PDF_BOLD, 11, 16, INK};
static const struct pdf_style body_style = {PDF_REGULAR, 10, 14.5, INK};
static const struct pdf_style strong_style = {PDF_BOLD, 10, 14.5, INK};
static const struct pdf_style small_style = {PDF_REGULAR, 8.5, 12, GREY};
static const struct pdf_style cell_style = {PDF_REGULAR, 9.5, 13, INK};
static const struct pdf_style sum_style = {PDF_BOLD, 9.5, 13, INK};
static const struct pdf_style cell_title_style = {PDF_BOLD, 8.5, 12, GREY};

/* One document on its way. */
struct sheet {
    struct arena *arena;
    const char *title, *sender;
    struct pdf *pdf;
    struct pdf_layout *layout;
};

static struct sheet open_sheet(struct arena *arena, const char *title, const char *sender,
                               int64_t written_at)
{
    const struct pdf_about about = {title, sender, "nb", written_at};
    struct sheet sheet = {arena, title, sender, pdf_new(arena, &about), NULL};
    sheet.layout = pdf_layout_new(arena, sheet.pdf, (struct pdf_layout_margins){60, 60, 60, 60});
    return sheet;
}

static bool close_sheet(struct sheet *sheet, struct bytes *out, struct error *err)
{
    const struct pdf_layout_around around = {
        .head_left = sheet->title,
        .head_right = sheet->sender,
        .foot_left = sheet->sender,
        .page_words = "Side {page} av {pages}",
        .mark =
            "Oppdiktet – testdata. Laget for å prøve ut programmer; ingen opplysninger er sanne.",
        .style = small_style,
        .rule_color = RULE,
    };
    pdf_layout_finish(sheet->layout, &around);
    return pdf_write(sheet->pdf, out, err);
}

static const char *amount(struct arena *arena, int64_t kr)
{
    return locale_amount(arena, arena_printf(arena, "%lld", (long long)kr), "nb");
}

static const char *date(struct arena *arena, int year, int month, int day)
{
    return locale_date(arena, arena_printf(arena, "%04d-%02d-%02d", year, month, day), "nb");
}

static int64_t morning(int year, int month, int day)
{
    return clock_seconds((struct clock_time){.year = year, .month = month, .day = day, .hour = 8});
}

static const char *spaced_pid(struct arena *arena, const struct sandbox_person *person)
{
    return arena_printf(arena, "%.6s\u00A0%s", person->pid, person->pid + 6);
}

static const char *spaced_number(struct arena *arena, const char *number)
{
    return arena_printf(arena, "%.3s\u00A0%.3s\u00A0%s", number, number + 3, number + 6);
}

/* 0 to 999, from digits of the identity number: so that people differ, and always in the same way.
 */
static int64_t lot(const struct sandbox_person *person)
{
    int64_t number = 0;
    for (int i = 6; i < 9; i++)
        number = number * 10 + (person->pid[i] - '0');
    return number;
}

/* Sender to the left, a few lines to the right, then the addressee as in the window of an envelope.
 */
static void write_head(struct sheet *sheet, uint32_t color, const char *sender_lines,
                       const char *right_lines, const struct sandbox_person *to)
{
    struct pdf_layout *layout = sheet->layout;
    double top = pdf_layout_y(layout);
    pdf_box(sheet->pdf, pdf_layout_left(layout), top - 14, pdf_layout_width(layout), 3, color);
    pdf_layout_text(layout, sender_style, sheet->sender);
    pdf_layout_text(layout, small_style, sender_lines);
    double bottom = pdf_layout_y(layout);

    pdf_layout_move_to(layout, top + 4);
    pdf_layout_text_aligned(layout, small_style, PDF_RIGHT, right_lines);
    pdf_layout_move_to(layout, bottom + 24);
    pdf_layout_text(layout, body_style, to->name);
    pdf_layout_text(layout, body_style, to->address);
    pdf_layout_text(layout, body_style, to->postal_place);
    pdf_layout_space(layout, 34);
    pdf_layout_heading(layout, 1, title_style, 60, sheet->title);
    pdf_layout_space(layout, 8);
}

static void write_paragraph(struct sheet *sheet, const char *text)
{
    pdf_layout_text(sheet->layout, body_style, text);
    pdf_layout_space(sheet->layout, 8);
}

static void write_heading(struct sheet *sheet, const char *text)
{
    pdf_layout_space(sheet->layout, 12);
    pdf_layout_heading(sheet->layout, 2, heading_style, 60, text);
    pdf_layout_space(sheet->layout, 4);
}

/* A framed line that says what it comes to. */
static void write_result(struct sheet *sheet, const char *label, const char *value)
{
    struct pdf_layout *layout = sheet->layout;
    const double height = 34;
    pdf_layout_need(layout, height);
    pdf_layout_box(layout, height, 0xF0F0F0);
    double top = pdf_layout_y(layout), width = pdf_layout_width(layout);
    pdf_layout_column(layout, 12, width - 24);
    pdf_layout_move_to(layout, top + 10);
    pdf_layout_text(layout, strong_style, label);
    pdf_layout_move_to(layout, top + 10);
    pdf_layout_text_aligned(layout, strong_style, PDF_RIGHT, value);
    pdf_layout_column(layout, 0, 0);
    pdf_layout_move_to(layout, top + height + 12);
}

static struct pdf_table table_of(const struct pdf_table_column *columns, size_t count)
{
    return (struct pdf_table){
        .columns = columns,
        .column_count = count,
        .title_style = cell_title_style,
        .style = cell_style,
        .padding = 3.5,
        .rule_color = RULE,
    };
}

/* Pay. What the employer takes and the tax return says comes from the same functions. */

enum { PAY_YEAR = 2025 };

/* Pay rose by 4 % each year until PAY_YEAR. */
static int64_t monthly_pay(const struct sandbox_person *person, int year)
{
    int64_t pay = person->monthly_pay_kr;
    for (int y = year; y < PAY_YEAR; y++)
        pay = pay * 96 / 100;
    return pay;
}

static int64_t pension_of(int64_t pay)
{
    return pay * 2 / 100;
}

/* No tax is taken in June and half in December, as is usual. */
static int64_t tax_taken(const struct sandbox_person *person, int year, int month)
{
    int64_t pay = monthly_pay(person, year);
    int64_t whole = (pay - pension_of(pay)) * person->tax_percent / 100;
    return month == 6 ? 0 : month == 12 ? whole / 2 : whole;
}

static int64_t tax_taken_until(const struct sandbox_person *person, int year, int month)
{
    int64_t sum = 0;
    for (int m = 1; m <= month; m++)
        sum += tax_taken(person, year, m);
    return sum;
}

struct pay_line {
    const char *code, *what, *rate;
    int64_t kr, so_far_kr;
};

static void write_pay_lines(struct sheet *sheet, const struct pay_line *lines, size_t count)
{
    const struct pdf_table_column columns[] = {{"Lønnsart", 1, PDF_LEFT},
                                               {"Tekst", 3, PDF_LEFT},
                                               {"Sats", 1.3, PDF_RIGHT},
                                               {"Beløp", 1.6, PDF_RIGHT},
                                               {"Hittil i år", 1.7, PDF_RIGHT}};
    const struct pdf_table table = table_of(columns, COUNT(columns));
    pdf_layout_table_titles(sheet->layout, &table);
    for (size_t i = 0; i < count; i++) {
        const char *cells[] = {lines[i].code, lines[i].what, lines[i].rate,
                               amount(sheet->arena, lines[i].kr),
                               amount(sheet->arena, lines[i].so_far_kr)};
        const struct pdf_style *style = *lines[i].code ? NULL : &sum_style;
        pdf_layout_table_row(sheet->layout, &table, cells, style, NULL, small_style);
    }
}

bool sandbox_documents_pay_slip(struct arena *arena, const struct sandbox_person *person, int year,
                                int month, struct bytes *out, struct error *err)
{
    const struct sandbox_employer *employer = person->employer;
    assert(employer && month >= 1 && month <= 12);
    const char *title = arena_printf(arena, "Lønnsslipp %s %d", locale_month(month, "nb"), year);
    struct sheet sheet = open_sheet(arena, title, employer->name, morning(year, month, 10));
    write_head(&sheet, 0x2F6B5B,
               arena_printf(arena, "%s, %s\nOrg.nr. %s", employer->address, employer->postal_place,
                            spaced_number(arena, employer->organisation_number)),
               "Lønnsavdelingen", person);

    const char *account = arena_printf(arena, "9710\u00A0**\u00A0**%03lld", (long long)lot(person));
    const char *percent = arena_printf(arena, "%lld\u00A0%%", (long long)person->tax_percent);
    const struct pdf_fact facts[] = {
        {"Ansattnummer", arena_printf(arena, "%lld", 10000 + 7 * (long long)lot(person))},
        {"Fødselsnummer", spaced_pid(arena, person)},
        {"Stilling", "Fast ansatt, 100\u00A0%"},
        {"Lønnsperiode",
         arena_printf(arena, "1.–%s", date(arena, year, month, clock_days_in_month(year, month)))},
        {"Utbetalt", date(arena, year, month, 12)},
        {"Skattekort", arena_printf(arena, "Prosentkort, %s", percent)},
    };
    pdf_layout_facts(sheet.layout, small_style, body_style, facts, COUNT(facts), 3);
    pdf_layout_space(sheet.layout, 20);

    int64_t pay = monthly_pay(person, year), pension = pension_of(pay);
    int64_t tax = tax_taken(person, year, month), tax_so_far = tax_taken_until(person, year, month);
    int64_t net = pay - pension - tax, net_so_far = month * (pay - pension) - tax_so_far;
    const char *tax_text = month == 6    ? "Forskuddstrekk (ikke trekk i juni)"
                           : month == 12 ? "Forskuddstrekk (halv skatt i desember)"
                                         : "Forskuddstrekk";
    const struct pay_line lines[] = {
        {"100", month == 6 ? "Lønn og feriepenger" : "Fastlønn", "", pay, month * pay},
        {"415", "Pensjon, ansattes del", "2\u00A0%", -pension, -month * pension},
        {"500", tax_text, percent, -tax, -tax_so_far},
        {"", "Netto", "", net, net_so_far},
    };
    write_pay_lines(&sheet, lines, COUNT(lines));
    pdf_layout_space(sheet.layout, 16);
    write_result(&sheet, arena_printf(arena, "Utbetalt til konto %s", account), amount(arena, net));

    write_heading(&sheet, "Hittil i år");
    const struct pdf_fact sums[] = {
        {"Brutto lønn", amount(arena, month * pay)},
        {"Trekkgrunnlag", amount(arena, month * (pay - pension))},
        {"Feriepengegrunnlag", amount(arena, month * pay)},
    };
    pdf_layout_facts(sheet.layout, small_style, body_style, sums, COUNT(sums), 3);
    return close_sheet(&sheet, out, err);
}

/* Rates as Stortinget set them (skattevedtaket of each year); amounts in kroner, rates in tenths of
 * a per cent. Years that are not here take the nearest. */
static const struct tax_year {
    int year;
    int64_t allowance_max, personal_allowance;
    int64_t security_rate;
    int64_t bracket[3], bracket_rate[3];
} tax_years[] = {
    {2023, 104450, 79600, 79, {198350, 279150, 644700}, {17, 40, 135}},
    {2024, 104450, 88250, 78, {208050, 292850, 670000}, {17, 40, 136}},
    {2025, 95700, 108550, 77, {217400, 306050, 697150}, {17, 40, 137}},
};

/* What one tax return is made of. */
struct tax_return {
    int64_t pay, pension, interest_earned, interest_paid, allowance, general_income;
    int64_t deposits, car, debt;
    int64_t income_tax, security, bracket_tax, taken;
};

static const struct tax_year *tax_year_of(int year)
{
    size_t i = 0;
    while (i + 1 < COUNT(tax_years) && tax_years[i].year < year)
        i++;
    return &tax_years[i];
}

static struct tax_return calculate(const struct sandbox_person *person, int year)
{
    const struct tax_year *rules = tax_year_of(year);
    struct tax_return tax = {
        .pay = 12 * monthly_pay(person, year),
        .pension = 12 * pension_of(monthly_pay(person, year)),
        .deposits = 24000 + 137 * lot(person),
        .car = 90000 + 100 * lot(person),
        .debt = 240000 + 150 * lot(person),
        .taken = tax_taken_until(person, year, 12),
    };
    tax.interest_earned = tax.deposits * 15 / 1000;
    tax.interest_paid = tax.debt * 48 / 1000;
    tax.allowance = tax.pay * 46 / 100;
    if (tax.allowance > rules->allowance_max)
        tax.allowance = rules->allowance_max;
    tax.general_income =
        tax.pay + tax.interest_earned - tax.pension - tax.allowance - tax.interest_paid;
    if (tax.general_income > rules->personal_allowance)
        tax.income_tax = (tax.general_income - rules->personal_allowance) * 22 / 100;
    tax.security = tax.pay * rules->security_rate / 1000;
    for (size_t i = 0; i < COUNT(rules->bracket); i++) {
        bool is_last = i + 1 == COUNT(rules->bracket);
        int64_t top = is_last || tax.pay < rules->bracket[i + 1] ? tax.pay : rules->bracket[i + 1];
        if (top > rules->bracket[i])
            tax.bracket_tax += (top - rules->bracket[i]) * rules->bracket_rate[i] / 1000;
    }
    return tax;
}

struct tax_line {
    const char *post, *what, *source;
    int64_t kr;
};

/* Lines without a post are sums. */
static void write_tax_lines(struct sheet *sheet, const char *heading, const struct tax_line *lines,
                            size_t count)
{
    const struct pdf_table_column columns[] = {{"Post", 0.8, PDF_LEFT},
                                               {"Gjelder", 3.6, PDF_LEFT},
                                               {"Opplysninger fra", 2.4, PDF_LEFT},
                                               {"Beløp", 1.6, PDF_RIGHT}};
    const struct pdf_table table = table_of(columns, COUNT(columns));
    write_heading(sheet, heading);
    pdf_layout_table_titles(sheet->layout, &table);
    for (size_t i = 0; i < count; i++) {
        const char *cells[] = {lines[i].post, lines[i].what, lines[i].source,
                               amount(sheet->arena, lines[i].kr)};
        const struct pdf_style *style = *lines[i].post ? NULL : &sum_style;
        pdf_layout_table_row(sheet->layout, &table, cells, style, NULL, small_style);
    }
}

static void write_tax_result(struct sheet *sheet, const struct tax_return *tax)
{
    int64_t owed = tax->income_tax + tax->security + tax->bracket_tax;
    pdf_layout_need(sheet->layout, 220); /* sums and result are read together */
    const struct tax_line lines[] = {
        {"", "Alminnelig inntekt", "", tax->general_income},
        {"5.1", "Skatt på alminnelig inntekt", "", tax->income_tax},
        {"5.2", "Trygdeavgift", "", tax->security},
        {"5.3", "Trinnskatt", "", tax->bracket_tax},
        {"", "Beregnet skatt", "", owed},
        {"5.9", "Forskuddstrekk", "Arbeidsgiver", tax->taken},
    };
    write_tax_lines(sheet, "Beregning av skatten", lines, COUNT(lines));
    pdf_layout_space(sheet->layout, 14);
    if (tax->taken >= owed)
        write_result(sheet, "Du får tilbake", amount(sheet->arena, tax->taken - owed));
    else
        write_result(sheet, "Du skal betale", amount(sheet->arena, owed - tax->taken));
}

bool sandbox_documents_tax_return(struct arena *arena, const struct sandbox_person *person,
                                  int income_year, struct bytes *out, struct error *err)
{
    const char *title = arena_printf(arena, "Skattemelding for inntektsåret %d", income_year);
    const char *employer = person->employer ? person->employer->name : "";
    const char *sent = date(arena, income_year + 1, 3, 12);
    struct sheet sheet =
        open_sheet(arena, title, SANDBOX_PEOPLE_TAX_NAME, morning(income_year + 1, 3, 12));
    write_head(&sheet, 0x6B1D3A,
               arena_printf(arena, "Org.nr. %s", spaced_number(arena, SANDBOX_PEOPLE_TAX_NUMBER)),
               arena_printf(arena, "Dato: %s\nFødselsnummer: %s\nInntektsår: %d", sent,
                            spaced_pid(arena, person), income_year),
               person);
    write_paragraph(&sheet, arena_printf(arena,
                                         "Her er opplysningene vi har om inntekt, fradrag, formue "
                                         "og gjeld for %d. Du må sjekke at de er riktige og "
                                         "fullstendige, og endre det som er feil, innen %s.",
                                         income_year, date(arena, income_year + 1, 4, 30)));

    struct tax_return tax = calculate(person, income_year);
    const struct tax_line income[] = {
        {"2.1.1", "Lønn og tilsvarende ytelser", employer, tax.pay},
        {"3.1.1", "Renteinntekter av bankinnskudd", "Fjordvik Sparebank", tax.interest_earned},
        {"", "Sum inntekter", "", tax.pay + tax.interest_earned},
    };
    const struct tax_line deductions[] = {
        {"3.2.1", "Minstefradrag", "", tax.allowance},
        {"3.2.12", "Innbetalt premie til tjenestepensjon", employer, tax.pension},
        {"3.3.1", "Renteutgifter på studielån", "Lånekassen", tax.interest_paid},
        {"", "Sum fradrag", "", tax.allowance + tax.pension + tax.interest_paid},
    };
    const struct tax_line wealth[] = {
        {"4.1.1", "Bankinnskudd", "Fjordvik Sparebank", tax.deposits},
        {"4.2.5", "Bil", "Motorvognregisteret", tax.car},
        {"4.8.1", "Studielån", "Lånekassen", -tax.debt},
        {"", "Netto formue", "", tax.deposits + tax.car - tax.debt},
    };
    write_tax_lines(&sheet, "Inntekt", income, COUNT(income));
    write_tax_lines(&sheet, "Fradrag", deductions, COUNT(deductions));
    write_tax_lines(&sheet, "Formue og gjeld", wealth, COUNT(wealth));
    write_tax_result(&sheet, &tax);
    return close_sheet(&sheet, out, err);
}

bool sandbox_documents_tax_certificate(struct arena *arena, const struct sandbox_person *person,
                                       int64_t issued_at, struct bytes *out, struct error *err)
{
    const char *issued = locale_date_at(arena, issued_at, "nb");
    struct sheet sheet =
        open_sheet(arena, "Attest for skatt og merverdiavgift", SANDBOX_PEOPLE_TAX_NAME, issued_at);
    write_head(&sheet, 0x6B1D3A,
               arena_printf(arena, "Org.nr. %s", spaced_number(arena, SANDBOX_PEOPLE_TAX_NUMBER)),
               arena_printf(arena, "Skatteattest\nUtstedt: %s", issued), person);
    write_paragraph(&sheet, "Vi bekrefter at opplysningene under er hentet fra våre registre den "
                            "dagen attesten er utstedt.");
    const struct pdf_fact facts[] = {
        {"Attesten gjelder", person->name},
        {"Fødselsnummer", spaced_pid(arena, person)},
        {"Utstedt", issued},
    };
    pdf_layout_facts(sheet.layout, small_style, strong_style, facts, COUNT(facts), 3);
    pdf_layout_space(sheet.layout, 16);

    const struct pdf_table_column columns[] = {{"Krav", 4, PDF_LEFT},
                                               {"Forfalt og ikke betalt", 2, PDF_RIGHT}};
    const struct pdf_table table = table_of(columns, COUNT(columns));
    static const char *const claims[] = {"Restskatt og forskuddsskatt", "Forskuddstrekk",
                                         "Arbeidsgiveravgift", "Merverdiavgift"};
    pdf_layout_table_titles(sheet.layout, &table);
    for (size_t i = 0; i < COUNT(claims); i++) {
        const char *cells[] = {claims[i], amount(arena, 0)};
        pdf_layout_table_row(sheet.layout, &table, cells, NULL, NULL, small_style);
    }
    pdf_layout_space(sheet.layout, 16);
    write_result(&sheet, "Restanser til sammen", amount(arena, 0));
    write_paragraph(&sheet, "Attesten viser forfalte krav på skatt, arbeidsgiveravgift og "
                            "merverdiavgift. Den er gyldig i seks måneder fra utstedelsen.");
    return close_sheet(&sheet, out, err);
}

bool sandbox_documents_rental_agreement(struct arena *arena, const struct sandbox_person *person,
                                        int64_t written_at, struct bytes *out, struct error *err)
{
    const char *landlord = SANDBOX_DOCUMENTS_LANDLORD;
    int64_t rent = 9500 + 10 * lot(person);
    struct clock_time from = clock_oslo(written_at);
    const char *written = locale_date_at(arena, written_at, "nb");
    const char *moving_in = date(arena, from.month == 12 ? from.year + 1 : from.year,
                                 from.month == 12 ? 1 : from.month + 1, 1);
    struct sheet sheet = open_sheet(arena, "Husleiekontrakt", person->name, written_at);
    pdf_layout_heading(sheet.layout, 1, title_style, 60, sheet.title);
    pdf_layout_space(sheet.layout, 12);
    const struct pdf_fact facts[] = {
        {"Utleier", landlord},
        {"Leier", person->name},
        {"Boligen", arena_printf(arena, "%s, %s", person->address, person->postal_place)},
        {"Kontrakten er inngått", written},
    };
    pdf_layout_facts(sheet.layout, small_style, strong_style, facts, COUNT(facts), 2);

    const char *terms[][2] = {
        {"1. Leieforholdet", arena_printf(arena,
                                          "Leieforholdet begynner %s og er tidsubestemt. Boligen "
                                          "leies ut umøblert, med kjøkken, bad og bod.",
                                          moving_in)},
        {"2. Husleie", arena_printf(arena,
                                    "Husleien er %s per måned og betales på forskudd innen den 1. "
                                    "i hver måned. Strøm og internett kommer i tillegg.",
                                    amount(arena, rent))},
        {"3. Depositum", arena_printf(arena,
                                      "Leieren betaler %s i depositum til en egen konto i leierens "
                                      "navn. Rentene tilhører leieren.",
                                      amount(arena, 3 * rent))},
        {"4. Oppsigelse",
         "Begge parter kan si opp avtalen skriftlig med tre måneders frist, regnet "
         "fra den første i måneden etter oppsigelsen."},
        {"5. Vedlikehold", "Leieren holder boligen ren og melder fra om skader uten opphold. "
                           "Utleieren sørger for vedlikehold av bygning og faste installasjoner."},
    };
    for (size_t i = 0; i < COUNT(terms); i++) {
        write_heading(&sheet, terms[i][0]);
        pdf_layout_text(sheet.layout, body_style, terms[i][1]);
    }
    pdf_layout_space(sheet.layout, 56);
    pdf_layout_need(sheet.layout, 40);
    pdf_layout_rule(sheet.layout, 0.6, GREY);
    pdf_layout_space(sheet.layout, 4);
    const struct pdf_fact signatures[] = {{"For utleieren", landlord}, {"Leier", person->name}};
    pdf_layout_facts(sheet.layout, small_style, body_style, signatures, COUNT(signatures), 2);
    return close_sheet(&sheet, out, err);
}
