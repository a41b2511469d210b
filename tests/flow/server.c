#include "tests/flow/server.h"

#include "engine/base/buf.h"
#include "engine/base/text.h"

#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MORE_MAX = 48 };

/* "the site           http://127.0.0.1:8080/" */
static bool take_address(const char *line, const char *word, char *out, size_t size)
{
    if (!text_starts_with(line, word))
        return false;
    const char *url = strstr(line, "http"); /* or https: behind a proxy */
    if (!url)
        return false;
    snprintf(out, size, "%.*s", (int)strcspn(url, " \n"), url);
    size_t length = strlen(out);
    if (length && out[length - 1] == '/')
        out[length - 1] = '\0';
    return true;
}

/* Does not outlive the test. */
static _Noreturn void become(const char *program, const char *const *words, int output)
{
    dup2(output, STDOUT_FILENO);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execv(program, (char *const *)words);
    perror(program);
    _exit(127);
}

static void load(const char *preload, const char *mishap)
{
    if (!*preload || !*mishap)
        return;
    setenv("LD_PRELOAD", preload, 1);
    setenv("MISHAP", mishap, 1);
}

static void run(const struct server_under_test *server, const char *program, const char *forms,
                const char *const *more, int output)
{
    char site_port[16], api_port[16], mailbox_port[16];
    snprintf(site_port, sizeof site_port, "%d", server->site_port);
    snprintf(api_port, sizeof api_port, "%d", server->api_port);
    snprintf(mailbox_port, sizeof mailbox_port, "%d", server->mailbox_port);
    const char *words[MORE_MAX + 16] = {program,      "serve",
                                        "--sandbox",  "--data",
                                        server->data, "--forms",
                                        forms,        "--listen_port",
                                        site_port,    "--sandbox_api_port",
                                        api_port,     "--sandbox_mailbox_port",
                                        mailbox_port};
    size_t count = 13;
    if (server->is_apart)
        words[count++] = "--sandbox_apart";
    for (size_t i = 0; more && more[i] && i < MORE_MAX; i++)
        words[count++] = more[i];
    int log = *server->log ? open(server->log, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (log >= 0)
        dup2(log, STDERR_FILENO);
    load(server->preload, server->mishap);
    become(program, words, output);
}

static _Noreturn void run_sandbox(const struct server_under_test *server, const char *program,
                                  int output)
{
    char folder[600];
    snprintf(folder, sizeof folder, "%s/sandbox", server->data);
    const char *words[] = {
        program, "sandbox", "--data", folder, "--sandbox_api_port", "0", "--sandbox_mailbox_port",
        "0",     NULL};
    load(server->preload, server->sandbox_mishap);
    become(program, words, output);
}

static int port_of(const char *url)
{
    const char *colon = strrchr(url, ':');
    return colon ? atoi(colon + 1) : 0;
}

static bool start_sandbox(struct server_under_test *server, const char *program)
{
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0)
        return false;
    server->sandbox = fork();
    if (server->sandbox == 0) {
        close(pipe_ends[0]);
        run_sandbox(server, program, pipe_ends[1]);
    }
    close(pipe_ends[1]);
    FILE *said = fdopen(pipe_ends[0], "r");
    char line[512];
    bool ready = false;
    while (!ready && fgets(line, sizeof line, said)) {
        take_address(line, "Digipost API", server->api, sizeof server->api);
        ready = take_address(line, "the postbox", server->postbox, sizeof server->postbox);
    }
    fclose(said);
    server->api_port = port_of(server->api);
    server->mailbox_port = port_of(server->postbox);
    return ready;
}

void server_end_sandbox(struct server_under_test *server)
{
    if (!server->sandbox)
        return;
    kill(server->sandbox, SIGKILL);
    waitpid(server->sandbox, NULL, 0);
    server->sandbox = 0;
}

bool server_start(struct server_under_test *server, const char *program, const char *forms,
                  const char *const *more)
{
    int pipe_ends[2];
    if (server->is_apart && !server->sandbox && !start_sandbox(server, program))
        return false;
    if (pipe(pipe_ends) != 0)
        return false;
    server->process = fork();
    if (server->process == 0) {
        close(pipe_ends[0]);
        run(server, program, forms, more, pipe_ends[1]);
    }
    close(pipe_ends[1]);
    FILE *said = fdopen(pipe_ends[0], "r");
    char line[512];
    bool ready = false;
    while (!ready && fgets(line, sizeof line, said)) {
        take_address(line, "the site", server->site, sizeof server->site);
        take_address(line, "the postbox", server->postbox, sizeof server->postbox);
        take_address(line, "Digipost sandbox", server->api, sizeof server->api);
        take_address(line, "the operator's page", server->operate, sizeof server->operate);
        ready = text_starts_with(line, "Ctrl-C");
    }
    fclose(said); /* it says nothing more there */
    if (server->is_apart)
        server->site_port = port_of(server->site);
    if (!ready)
        server_kill(server);
    return ready;
}

static int wait_for(struct server_under_test *server)
{
    int status = 0;
    waitpid(server->process, &status, 0);
    server->process = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int server_stop(struct server_under_test *server)
{
    if (!server->process)
        return -1;
    kill(server->process, SIGTERM);
    return wait_for(server);
}

void server_kill(struct server_under_test *server)
{
    if (!server->process)
        return;
    kill(server->process, SIGKILL);
    wait_for(server);
}

bool server_died(struct server_under_test *server, int timeout_ms, int *status)
{
    for (int waited_ms = 0;; waited_ms++) {
        if (waitpid(server->process, status, WNOHANG) == server->process) {
            server->process = 0;
            return true;
        }
        if (waited_ms >= timeout_ms)
            return false;
        nanosleep(&(struct timespec){.tv_nsec = 1000000L}, NULL);
    }
}

int server_run(struct arena *arena, const char *program, const char *const *words,
               const char **said)
{
    const char *all[MORE_MAX + 1] = {program};
    for (size_t i = 0; words[i] && i + 1 < MORE_MAX; i++)
        all[i + 1] = words[i];
    int pipe_ends[2];
    if (pipe(pipe_ends) != 0)
        abort();
    pid_t process = fork();
    if (process == 0) {
        close(pipe_ends[0]);
        dup2(pipe_ends[1], STDERR_FILENO);
        become(program, all, pipe_ends[1]);
    }
    close(pipe_ends[1]);
    struct buf buf;
    buf_init(&buf, arena);
    unsigned char piece[4096];
    for (ssize_t size; (size = read(pipe_ends[0], piece, sizeof piece)) > 0;)
        buf_add(&buf, (struct bytes){piece, (size_t)size});
    close(pipe_ends[0]);
    *said = buf_text(&buf);
    int status = 0;
    waitpid(process, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

void server_make_folder(char *out, size_t size)
{
    const char *base = getenv("TMPDIR");
    snprintf(out, size, "%s/skjema-flow-XXXXXX", base ? base : "/tmp");
    if (!mkdtemp(out))
        abort();
}

static int remove_one(const char *path, const struct stat *about, int kind, struct FTW *place)
{
    (void)about, (void)kind, (void)place;
    return remove(path);
}

void server_remove_folder(const char *path)
{
    nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}
