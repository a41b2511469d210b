/* test_checking.c - the worker that has documents looked through, with a scanner that answers as it
 * is told. The real one: tests/flow/test_virus.c. */
#include "store.h"

#include "engine/base/clock.h"
#include "engine/checking.h"
#include "fake_clamd.h"
#include "storage/attachment_bytes.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { POLL_MS = 50, WAIT_MS = 20000 };

static struct checking *worker(struct store *store, enum checking_policy policy, const char *clamd)
{
    const struct checking_settings settings = {.db = store->pool,
                                               .policy = policy,
                                               .clamd = clamd,
                                               .timeout_ms = 10000,
                                               .poll_ms = POLL_MS};
    struct checking *checking = NULL;
    WORKS(store, checking_open(&settings, &checking, &store->err));
    return checking;
}

static struct attachment upload(struct store *store, const char *citizen_id, const char *draft_id)
{
    struct attachment wish = {.requirement = "/hello/tax",
                              .source = ATTACHMENT_DISK,
                              .state = ATTACHMENT_CHECKING,
                              .name = "a.pdf",
                              .media_type = "application/pdf"};
    struct attachment added;
    WORKS(store, attachments_add(store->arena, store->db, citizen_id, draft_id, &wish,
                                 CONTENT("%PDF-abc"), &added, &store->err));
    return added;
}

/* A new one, of a new citizen's new draft. */
static struct attachment some_upload(struct store *store)
{
    const char *kari = store_citizen(store, KARI);
    return upload(store, kari, store_draft(store, kari).id);
}

static enum attachment_state state_of(struct store *store, const struct attachment *attachment)
{
    struct attachment found;
    WORKS(store, attachments_find(store->arena, store->db, attachment->citizen_id, attachment->id,
                                  &found, &store->err));
    return found.state;
}

static void a_moment(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 10000000L}, NULL);
}

static void wait_until(struct store *store, const struct attachment *attachment,
                       enum attachment_state state)
{
    int64_t until = clock_monotonic_ms() + WAIT_MS;
    while (state_of(store, attachment) != state && clock_monotonic_ms() < until)
        a_moment();
    assert_int_equal(state_of(store, attachment), state);
}

static size_t refusals(struct store *store, const char *citizen_id)
{
    struct audit_entry *entries;
    size_t count, found = 0;
    WORKS(store, audit_list(store->arena, store->db, citizen_id, &entries, &count, &store->err));
    for (size_t i = 0; i < count; i++)
        found += entries[i].action == AUDIT_DOCUMENT_REFUSED;
    return found;
}

static void file_5_clean_is_ready_and_the_scanner_saw_all_of_it(void **state)
{
    struct store *store = *state;
    struct fake_clamd fake = {FAKE_REPLY("stream: OK")};
    struct attachment attachment = some_upload(store);
    fake_clamd_open(&fake);
    CLEANUP(checking_close) struct checking *checking = worker(store, CHECKING_REQUIRED, fake.path);
    checking_wake(checking);

    wait_until(store, &attachment, ATTACHMENT_READY);

    fake_clamd_close(&fake);
    assert_true(fake.spoke_well);
    assert_int_equal(fake.total, strlen("%PDF-abc"));
    assert_int_equal(refusals(store, attachment.citizen_id), 0);
}

static void file_5_found_is_refused_destroyed_and_written_down(void **state)
{
    struct store *store = *state;
    struct fake_clamd fake = {FAKE_REPLY("stream: Some.Virus FOUND")};
    struct attachment attachment = some_upload(store);
    fake_clamd_open(&fake);
    CLEANUP(checking_close) struct checking *checking = worker(store, CHECKING_REQUIRED, fake.path);
    checking_wake(checking);

    wait_until(store, &attachment, ATTACHMENT_REFUSED);

    CLEANUP(attachment_bytes_close) struct attachment_bytes *bytes = NULL;
    FAILS(store, attachment_bytes_open(store->db, &attachment, &bytes, &store->err), ERROR_MISSING);
    assert_int_equal(refusals(store, attachment.citizen_id), 1);
    fake_clamd_close(&fake);
}

static void file_5_no_verdict_is_held_and_tried_again(void **state)
{
    struct store *store = *state;
    static const char half[] = "stream: OK";
    static const struct fake_clamd fakes[] = {
        {FAKE_REPLY("stream: Can't allocate memory ERROR")},
        {FAKE_REPLY("INSTREAM size limit exceeded. ERROR")},
        {FAKE_REPLY("what?")},
        {.reply = half, .reply_size = sizeof half - 1},
    };
    struct fake_clamd good = {FAKE_REPLY("stream: OK")};
    const char *kari = store_citizen(store, KARI);
    struct draft draft = store_draft(store, kari);
    for (size_t i = 0; i < COUNT(fakes); i++) {
        struct fake_clamd fake = fakes[i];
        struct attachment attachment = upload(store, kari, draft.id);
        fake_clamd_open(&fake);
        struct checking *checking = worker(store, CHECKING_WHEN_AVAILABLE, fake.path);
        wait_until(store, &attachment, ATTACHMENT_HELD);
        checking_close(&checking);
        fake_clamd_close(&fake);

        fake_clamd_open(&good);
        checking = worker(store, CHECKING_WHEN_AVAILABLE, good.path);
        checking_wake(checking);
        assert_int_equal(state_of(store, &attachment), ATTACHMENT_HELD); /* not yet due */
        db_clock_advance(4000);
        wait_until(store, &attachment, ATTACHMENT_READY);
        checking_close(&checking);
        fake_clamd_close(&good);
    }
}

static void file_5_nobody_there_is_held_where_the_check_is_required(void **state)
{
    struct store *store = *state;
    struct attachment attachment = some_upload(store);
    CLEANUP(checking_close)
    struct checking *checking = worker(store, CHECKING_REQUIRED, "/tmp/skjema-no-such-socket");
    checking_wake(checking);

    wait_until(store, &attachment, ATTACHMENT_HELD);
}

static void file_5_nobody_there_is_let_pass_only_where_the_policy_says_so(void **state)
{
    struct store *store = *state;
    struct attachment attachment = some_upload(store);
    CLEANUP(checking_close)
    struct checking *checking =
        worker(store, CHECKING_WHEN_AVAILABLE, "/tmp/skjema-no-such-socket");
    checking_wake(checking);

    wait_until(store, &attachment, ATTACHMENT_READY);
}

static void file_5_off_lets_go_what_an_earlier_start_left_waiting(void **state)
{
    struct store *store = *state;
    struct attachment attachment = some_upload(store);
    CLEANUP(checking_close) struct checking *checking = worker(store, CHECKING_OFF, "");

    assert_int_equal(checking_first(checking), ATTACHMENT_READY);
    wait_until(store, &attachment, ATTACHMENT_READY);
}

/* A program with a worker of its own, once it is told through the pipe where the scanner is; until
 * it is killed. */
static void check_elsewhere(const struct store *store, int told)
{
    struct fake_clamd fake;
    struct store own = *store;
    if (read(told, fake.path, sizeof fake.path) != (ssize_t)sizeof fake.path)
        _exit(1);
    own.pool = store_second_pool(store);
    worker(&own, CHECKING_REQUIRED, fake.path);
    for (;;)
        pause();
}

static void file_5_a_check_that_was_killed_is_made_again(void **state)
{
    struct store *store = *state;
    struct fake_clamd silent = {.silent = true}, good = {FAKE_REPLY("stream: OK")};
    struct attachment attachment = some_upload(store);
    int tell[2];
    assert_int_equal(pipe(tell), 0);
    pid_t child =
        fork(); /* before the scanner's thread: it would be cut in the middle of something */
    if (child == 0)
        check_elsewhere(store, tell[0]);
    fake_clamd_open(&silent);
    assert_int_equal(write(tell[1], silent.path, sizeof silent.path), sizeof silent.path);
    while (atomic_load(&silent.asked) == 0) /* the document is there, the answer is not */
        a_moment();
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    close(tell[0]);
    close(tell[1]);
    fake_clamd_close(&silent);
    assert_int_equal(state_of(store, &attachment), ATTACHMENT_CHECKING);

    fake_clamd_open(&good);
    struct checking *checking = worker(store, CHECKING_REQUIRED, good.path);
    db_clock_advance(60000);
    checking_wake(checking);
    wait_until(store, &attachment, ATTACHMENT_READY);
    checking_close(&checking);
    fake_clamd_close(&good);
}

static void a_check_that_is_stopped_is_nobodys_and_not_held(void **state)
{
    struct store *store = *state;
    struct fake_clamd silent = {.silent = true}, good = {FAKE_REPLY("stream: OK")};
    struct attachment attachment = some_upload(store);
    fake_clamd_open(&silent);
    struct checking *checking = worker(store, CHECKING_REQUIRED, silent.path);
    while (atomic_load(&silent.asked) == 0)
        a_moment();

    checking_close(&checking);

    fake_clamd_close(&silent);
    assert_int_equal(state_of(store, &attachment), ATTACHMENT_CHECKING);
    fake_clamd_open(&good);
    checking = worker(store, CHECKING_REQUIRED, good.path);
    wait_until(store, &attachment, ATTACHMENT_READY); /* without the clock moved */
    checking_close(&checking);
    fake_clamd_close(&good);
}

static void a_policy_needs_an_address_unless_it_is_off(void **state)
{
    struct store *store = *state;
    enum checking_policy policy;

    WORKS(store, checking_read_policy("off", "", &policy, &store->err));
    assert_int_equal(policy, CHECKING_OFF);
    WORKS(store, checking_read_policy("required", "/run/clamav/clamd.ctl", &policy, &store->err));
    assert_int_equal(policy, CHECKING_REQUIRED);
    FAILS(store, checking_read_policy("required", "", &policy, &store->err), ERROR_INVALID);
    FAILS(store, checking_read_policy("when-available", "", &policy, &store->err), ERROR_INVALID);
    FAILS(store, checking_read_policy("on", "/run/x", &policy, &store->err), ERROR_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_STORE(file_5_clean_is_ready_and_the_scanner_saw_all_of_it),
        WITH_STORE(file_5_found_is_refused_destroyed_and_written_down),
        WITH_STORE(file_5_no_verdict_is_held_and_tried_again),
        WITH_STORE(file_5_nobody_there_is_held_where_the_check_is_required),
        WITH_STORE(file_5_nobody_there_is_let_pass_only_where_the_policy_says_so),
        WITH_STORE(file_5_off_lets_go_what_an_earlier_start_left_waiting),
        WITH_STORE(file_5_a_check_that_was_killed_is_made_again),
        WITH_STORE(a_check_that_is_stopped_is_nobodys_and_not_held),
        WITH_STORE(a_policy_needs_an_address_unless_it_is_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
