#include "tests/flow/oracle.h"

#include "engine/base/codec.h"
#include "engine/base/text.h"
#include "tests/flow/hand.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void must_be_none(struct hand *hand, struct db_sql sql)
{
    int64_t count = hand_count(hand, sql, DB_NO_VALUES);
    if (count)
        fail_msg("%lld rows: %s", (long long)count, sql.text);
}

static void database_must_be_whole(struct hand *hand)
{
    struct db_rows *rows = hand_ask(hand, DB_SQL("PRAGMA integrity_check"), DB_NO_VALUES);
    assert_true(db_next(rows));
    assert_string_equal(db_text(rows, 0), "ok");
    must_be_none(hand, DB_SQL("SELECT count(*) FROM pragma_foreign_key_check"));
    must_be_none(hand, DB_SQL("SELECT count(*) FROM outbox WHERE state <> 'done'"));
    must_be_none(hand, DB_SQL("SELECT count(*) - count(DISTINCT draft) FROM submissions"));
    must_be_none(hand, DB_SQL("SELECT count(*) FROM submissions WHERE "
                              "(SELECT count(*) FROM outbox WHERE kind = 'receipt' "
                              "AND submission = submissions.id) <> 1"));
    must_be_none(hand, DB_SQL("SELECT count(*) FROM submissions WHERE "
                              "(SELECT count(*) FROM audit WHERE action = 'submitted' "
                              "AND object_id = submissions.id) <> 1"));
    must_be_none(hand, DB_SQL("SELECT count(*) FROM submissions WHERE "
                              "(SELECT count(*) FROM audit WHERE action = 'receipt_delivered' "
                              "AND object_id = submissions.id) <> 1"));
    must_be_none(hand, DB_SQL("SELECT count(*) FROM submissions WHERE "
                              "(SELECT count(*) FROM attachments "
                              "WHERE submission = submissions.id) <> 1"));
}

/* What became of an application is there wholly or not at all. */
static void outcomes_must_be_whole(struct hand *hand)
{
    must_be_none(hand, DB_SQL("SELECT count(*) FROM submissions AS s WHERE "
                              "(SELECT count(*) FROM withdrawals WHERE submission = s.id) "
                              "<> (s.state = 'withdrawn') OR "
                              "(SELECT count(*) FROM outbox WHERE kind = 'withdrawal' "
                              "AND submission = s.id) <> (s.state = 'withdrawn') OR "
                              "(SELECT count(*) FROM audit WHERE action = 'withdrawn' "
                              "AND object_id = s.id) <> (s.state = 'withdrawn')"));
    must_be_none(hand, DB_SQL("SELECT count(*) FROM submissions AS s WHERE "
                              "(SELECT count(*) FROM decisions WHERE submission = s.id) "
                              "<> (s.state = 'decided') OR "
                              "(SELECT count(*) FROM outbox WHERE kind = 'decision' "
                              "AND submission = s.id) <> (s.state = 'decided') OR "
                              "(SELECT count(*) FROM audit JOIN decisions ON id = object_id "
                              "WHERE action = 'decided' AND submission = s.id) "
                              "<> (s.state = 'decided')"));
    must_be_none(hand, DB_SQL("SELECT count(*) FROM submissions AS s WHERE "
                              "(SELECT count(*) FROM letter_links WHERE submission = s.id) "
                              "<> 1 + (s.state <> 'sent')"));
}

/* Stored is delivered: each letter is there once, and no other. A receipt has what was attached
 * with it. */
static void letters_must_be_there_once(const struct oracle *oracle, struct hand *hand)
{
    const struct ledger_entry *letter = NULL;
    struct db_rows *rows =
        hand_ask(hand, DB_SQL("SELECT message_id, kind = 'receipt' FROM outbox"), DB_NO_VALUES);
    while (db_next(rows)) {
        size_t found = ledger_find(oracle->ledger, db_text(rows, 0), &letter);
        if (found != 1)
            fail_msg("letter %s is there %zu times", db_text(rows, 0), found);
        assert_int_equal(letter->documents, db_integer(rows, 1) ? 2 : 1);
    }
    assert_int_equal(oracle->ledger->messages, db_count(rows));
}

/* Acknowledged is stored, and what was taken home is what lies in the mailbox. */
static void must_be_stored(const struct oracle *oracle, struct hand *hand, const struct sent *sent)
{
    static const struct crypto_sha256 unknown;
    const char *id = strrchr(sent->receipt, '/') + 1;
    struct db_rows *rows = hand_ask(
        hand, DB_SQL("SELECT message_id FROM outbox WHERE submission = $1 AND kind = 'receipt'"),
        DB_VALUES(DB_TEXT(id)));
    if (!db_next(rows))
        fail_msg("%s was acknowledged and is not there", sent->receipt);
    const struct ledger_entry *letter = NULL;
    assert_int_equal(ledger_find(oracle->ledger, db_text(rows, 0), &letter), 1);
    if (memcmp(&sent->pdf, &unknown, sizeof unknown) != 0)
        assert_string_equal(
            letter->sha256,
            codec_hex(hand->arena, (struct bytes){sent->pdf.bytes, sizeof sent->pdf.bytes}));
}

static void audit_must_hold(const struct oracle *oracle, struct hand *hand)
{
    const char *said;
    const char *words[] = {"audit", "verify", "--data", oracle->server->data, NULL};
    if (server_run(hand->arena, oracle->program, words, &said) != 0)
        fail_msg("audit verify: %s", said);
}

size_t oracle_ask(const struct oracle *oracle)
{
    struct hand hand;
    ledger_read(oracle->ledger);
    hand_reach_in(oracle->server, &hand);
    database_must_be_whole(&hand);
    outcomes_must_be_whole(&hand);
    letters_must_be_there_once(oracle, &hand);
    for (size_t i = 0; i < oracle->sender_count; i++)
        for (size_t k = 0; k < oracle->senders[i].count; k++)
            must_be_stored(oracle, &hand, &oracle->senders[i].sent[k]);
    int64_t count = hand_count(&hand, DB_SQL("SELECT count(*) FROM submissions"), DB_NO_VALUES);
    audit_must_hold(oracle, &hand);
    hand_draw_back(&hand);
    return (size_t)count;
}
