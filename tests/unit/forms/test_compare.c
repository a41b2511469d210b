/* test_compare.c - answers go over to another version of their form, and nothing goes silently. */
#include "forms/compare.h"

#include "given.h"

#define ITEM(value, label) "<item><label>" label "</label><value>" value "</value></item>"

static const char old_model[] =
    "<instance><data id='x'><sivil/><inntekt/><gammelt/><vedlegg/><brev/>"
    "<barn jr:template=''><navn/><alder/></barn></data></instance>"
    "<bind nodeset='/data/vedlegg' type='binary'/><bind nodeset='/data/brev' type='binary'/>";
static const char old_body[] =
    "<select1 ref='/data/sivil'><label>Sivilstand</label>" ITEM("gift", "Gift")
        ITEM("samboer", "Samboer") "</select1>"
                                   "<input ref='/data/inntekt'><label>Inntekt</label></input>"
                                   "<input ref='/data/gammelt'><label>Telefaks</label></input>"
                                   "<upload ref='/data/vedlegg'><label>Vedlegg</label></upload>"
                                   "<upload ref='/data/brev'><label>Brev</label></upload>"
                                   "<group ref='/data/barn'><label>Barn</label>"
                                   "<repeat nodeset='/data/barn'>"
                                   "<input ref='/data/barn/navn'><label>Navn</label></input>"
                                   "<input ref='/data/barn/alder'><label>Alder</label></input>"
                                   "</repeat></group>";

/* The root is called otherwise, income is an amount, one choice is gone, the fax number and the age
 * are not asked for, a mobile number is, and the letter is typed. */
static const char new_model[] =
    "<instance><soknad id='x'><sivil/><inntekt/><mobil/><hemmelig/><vedlegg/><brev/>"
    "<barn jr:template=''><navn/></barn></soknad></instance>"
    "<bind nodeset='/soknad/inntekt' type='int'/>"
    "<bind nodeset='/soknad/hemmelig' relevant='false()'/>"
    "<bind nodeset='/soknad/vedlegg' type='binary'/>";
static const char new_body[] =
    "<select1 ref='/soknad/sivil'><label>Sivilstand</label>" ITEM("gift", "Gift")
        ITEM("alene", "Alene") "</select1>"
                               "<input ref='/soknad/inntekt'><label>Inntekt per år</label></input>"
                               "<input ref='/soknad/mobil'><label>Mobil</label></input>"
                               "<input ref='/soknad/hemmelig'><label>Hemmelig</label></input>"
                               "<upload ref='/soknad/vedlegg'><label>Vedlegg</label></upload>"
                               "<input ref='/soknad/brev'><label>Brev</label></input>"
                               "<group ref='/soknad/barn'><label>Barn</label>"
                               "<repeat nodeset='/soknad/barn'>"
                               "<input ref='/soknad/barn/navn'><label>Navn</label></input>"
                               "</repeat></group>";

struct pair {
    struct given before, after;
};

static struct pair pair_of(const char *model, const char *body, const char *next_model,
                           const char *next_body)
{
    struct pair pair = {given_answers(model, body), given_form(next_model, next_body)};
    assert_non_null(pair.after.form);
    return pair;
}

static void carry(struct pair *pair)
{
    struct error err = {0};
    if (!compare_carry(pair->before.answers, pair->after.form, GIVEN_NOW, &pair->after.answers,
                       &err))
        fail_msg("%s", err.text);
}

static void end_pair(struct pair *pair)
{
    given_end(&pair->before);
    given_end(&pair->after);
}

static void attach(struct given *given, const char *path, const char *id)
{
    struct error err = {0};
    const struct attachment_info info = {.source = "disk", .document = id, .name = "lonn.pdf"};
    assert_true(answers_attach(given->answers, given_place(given, path), &info, &err));
}

/* A draft with everything answered, a row removed and two left. */
static struct pair moved(void)
{
    struct pair pair = pair_of(old_model, old_body, new_model, new_body);
    given_set(&pair.before, "/data/sivil", "samboer");
    given_set(&pair.before, "/data/inntekt", "om lag 300");
    given_set(&pair.before, "/data/gammelt", "22 22 22 22");
    attach(&pair.before, "/data/vedlegg", "d1");
    attach(&pair.before, "/data/brev", "d2");
    answers_remove(pair.before.answers, given_row(&pair.before, "/data/barn"));
    for (int i = 0; i < 2; i++)
        (void)given_row(&pair.before, "/data/barn");
    given_set(&pair.before, "/data/barn[1]/navn", "Ida");
    given_set(&pair.before, "/data/barn[2]/navn", "Per");
    given_set(&pair.before, "/data/barn[2]/alder", "4");
    carry(&pair);
    return pair;
}

static void answers_are_carried_by_path_and_rows_by_id(void **state)
{
    (void)state;
    struct pair pair = moved();
    assert_string_equal(given_value(&pair.after, "/soknad/barn[2]/navn"), "Per");
    assert_string_equal(place_id(pair.after.arena, given_place(&pair.after, "/soknad/barn[2]")),
                        place_id(pair.before.arena, given_place(&pair.before, "/data/barn[2]")));
    struct attachment_info *documents;
    assert_int_equal(place_attachments(given_place(&pair.after, "/soknad/vedlegg"),
                                       pair.after.arena, &documents),
                     1);
    assert_string_equal(documents[0].document, "d1");
    end_pair(&pair);
}

static void what_does_not_fit_is_asked_again_and_what_was_typed_is_kept(void **state)
{
    (void)state;
    struct pair pair = moved();
    assert_string_equal(given_value(&pair.after, "/soknad/sivil"), "");
    assert_string_equal(given_value(&pair.after, "/soknad/brev"), "");
    assert_string_equal(given_value(&pair.after, "/soknad/inntekt"), "om lag 300");
    end_pair(&pair);
}

static const struct compare_change *change_of(const struct compare_change *changes, size_t count,
                                              enum compare_kind kind, const char *label)
{
    const struct compare_change *found = NULL;
    for (size_t i = 0; i < count; i++) {
        const char *text = changes[i].after ? changes[i].is.text : changes[i].was.text;
        if (strcmp(text, label) != 0)
            continue;
        assert_null(found); /* each is told once */
        found = &changes[i];
        assert_int_equal(found->kind, kind);
    }
    if (!found)
        fail_msg("nothing is told of %s", label);
    return found;
}

static void what_changed_is_told_with_the_answers_that_go(void **state)
{
    (void)state;
    struct pair pair = moved();
    struct compare_change *changes;
    size_t count =
        compare_list(pair.before.arena, pair.before.answers, pair.after.answers, "nb", &changes);
    change_of(changes, count, COMPARE_ADDED, "Mobil");
    const struct compare_change *unfit = change_of(changes, count, COMPARE_UNFIT, "Sivilstand");
    assert_int_equal(unfit->answer_count, 1);
    assert_string_equal(unfit->answers[0].value, "Samboer");
    unfit = change_of(changes, count, COMPARE_UNFIT, "Inntekt per år");
    assert_string_equal(unfit->answers[0].value, "om lag 300");
    unfit = change_of(changes, count, COMPARE_UNFIT, "Brev");
    assert_string_equal(unfit->answers[0].value, "lonn.pdf");
    const struct compare_change *removed = change_of(changes, count, COMPARE_REMOVED, "Telefaks");
    assert_string_equal(removed->answers[0].value, "22 22 22 22");
    removed = change_of(changes, count, COMPARE_REMOVED, "Alder");
    assert_int_equal(removed->answer_count, 1);
    assert_int_equal(place_position(place_parent(removed->answers[0].place)), 2);
    assert_int_equal(count, 6); /* a question nobody sees is not told of, nor what is the same */
    end_pair(&pair);
}

static void a_form_that_is_the_same_has_no_changes(void **state)
{
    (void)state;
    struct pair pair = pair_of(old_model, old_body, old_model, old_body);
    given_set(&pair.before, "/data/sivil", "gift");
    (void)given_row(&pair.before, "/data/barn");
    carry(&pair);
    struct compare_change *changes;
    assert_int_equal(
        compare_list(pair.before.arena, pair.before.answers, pair.after.answers, "nb", &changes),
        0);
    assert_string_equal(
        (const char *)answers_write(pair.before.answers, pair.before.arena, ANSWERS_DRAFT).data,
        (const char *)answers_write(pair.after.answers, pair.after.arena, ANSWERS_DRAFT).data);
    end_pair(&pair);
}

static void other_words_and_other_choices_are_told_apart(void **state)
{
    (void)state;
    static const char model[] = "<instance><data id='x'><a/><b/></data></instance>";
    struct pair pair =
        pair_of(model,
                "<select ref='/data/a'><label>Hva</label>" ITEM(
                    "x", "X") "</select>"
                              "<input ref='/data/b'><label>Navn</label></input>",
                model,
                "<select ref='/data/a'><label>Hva</label>" ITEM("x", "X")
                    ITEM("y", "Y") "</select>"
                                   "<input ref='/data/b'><label>Fullt navn</label></input>");
    given_set(&pair.before, "/data/a", "x");
    carry(&pair);
    struct compare_change *changes;
    size_t count =
        compare_list(pair.before.arena, pair.before.answers, pair.after.answers, "nb", &changes);
    assert_int_equal(count, 2);
    change_of(changes, count, COMPARE_CHOICES, "Hva");
    const struct compare_change *words = change_of(changes, count, COMPARE_REWORDED, "Fullt navn");
    assert_string_equal(words->was.text, "Navn");
    assert_string_equal(given_value(&pair.after, "/data/a"), "x");
    end_pair(&pair);
}

static void rows_that_have_no_place_any_more_are_told(void **state)
{
    (void)state;
    struct pair pair =
        pair_of("<instance><data id='x'><barn jr:template=''><navn/></barn></data></instance>",
                "<group ref='/data/barn'><label>Barn</label><repeat nodeset='/data/barn'>"
                "<input ref='/data/barn/navn'><label>Navn</label></input></repeat></group>",
                "<instance><data id='x'><barn><navn/></barn></data></instance>",
                "<input ref='/data/barn/navn'><label>Navn</label></input>");
    for (int i = 0; i < 2; i++)
        (void)given_row(&pair.before, "/data/barn");
    given_set(&pair.before, "/data/barn[1]/navn", "Ida");
    given_set(&pair.before, "/data/barn[2]/navn", "Per");
    carry(&pair);
    struct compare_change *changes;
    size_t count =
        compare_list(pair.before.arena, pair.before.answers, pair.after.answers, "nb", &changes);
    assert_string_equal(given_value(&pair.after, "/data/barn/navn"), "Ida");
    const struct compare_change *removed = change_of(changes, count, COMPARE_REMOVED, "Navn");
    assert_int_equal(removed->answer_count, 1);
    assert_string_equal(removed->answers[0].value, "Per");
    end_pair(&pair);
}

static void what_is_not_asked_any_more_is_not_sent(void **state)
{
    (void)state;
    static const char model[] = "<instance><data id='x'><a/><b/></data></instance>";
    struct pair pair = pair_of(model,
                               "<input ref='/data/a'><label>A</label></input>"
                               "<input ref='/data/b'><label>B</label></input>",
                               model, "<input ref='/data/b'><label>B</label></input>");
    given_set(&pair.before, "/data/a", "mitt svar");
    carry(&pair);
    assert_null(strstr(given_sent(&pair.after), "mitt svar"));
    struct compare_change *changes;
    size_t count =
        compare_list(pair.before.arena, pair.before.answers, pair.after.answers, "nb", &changes);
    assert_int_equal(count, 1);
    assert_string_equal(change_of(changes, count, COMPARE_REMOVED, "A")->answers[0].value,
                        "mitt svar");
    end_pair(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_carried_by_path_and_rows_by_id),
        cmocka_unit_test(what_does_not_fit_is_asked_again_and_what_was_typed_is_kept),
        cmocka_unit_test(what_changed_is_told_with_the_answers_that_go),
        cmocka_unit_test(a_form_that_is_the_same_has_no_changes),
        cmocka_unit_test(other_words_and_other_choices_are_told_apart),
        cmocka_unit_test(rows_that_have_no_place_any_more_are_told),
        cmocka_unit_test(what_is_not_asked_any_more_is_not_sent),
    };
    return cmocka_run_group_tests(tests, given_start, NULL);
}
