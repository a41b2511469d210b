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
#include <unistd.h>

enum { MORE_MAX = 32 };

/* "the site           http://127.0.0.1:8080/" */
static bool take_address(const char *line, const char *word, char *out, size_t size)
{
    if (!text_starts_with(line, word))
        return false;
    const char *url = strstr(line, "http://");
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

static void run(const struct server_under_test *server, const char *program, const char *forms,
                const char *const *more, int output)
{
    const char *words[MORE_MAX + 16] = {program,      "serve",
                                        "--sandbox",  "--data",
                                        server->data, "--forms",
                                        forms,        "--listen_port",
                                        "0",          "--sandbox_api_port",
                                        "0",          "--sandbox_mailbox_port",
                                        "0"};
    size_t count = 13;
    for (size_t i = 0; more && more[i] && i < MORE_MAX; i++)
        words[count++] = more[i];
    int log = *server->log ? open(server->log, O_WRONLY | O_CREAT | O_APPEND, 0600) : -1;
    if (log >= 0)
        dup2(log, STDERR_FILENO);
    become(program, words, output);
}

bool server_start(struct server_under_test *server, const char *program, const char *forms,
                  const char *const *more)
{
    int pipe_ends[2];
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
        ready = text_starts_with(line, "Ctrl-C");
    }
    fclose(said); /* it says nothing more there */
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
