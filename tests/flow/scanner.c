#include "tests/flow/scanner.h"

#include "tests/flow/server.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { START_TENTHS_S = 300 };

/* Where Debian puts it, which is not on everybody's PATH. */
static const char program[] = "/usr/sbin/clamd";

bool scanner_is_there(void)
{
    return access(program, X_OK) == 0;
}

static FILE *create(const struct scanner *scanner, const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", scanner->folder, name);
    FILE *file = fopen(path, "we");
    if (!file)
        abort();
    return file;
}

/* Name, any type of file, anywhere in it, what. */
static void write_signature(const struct scanner *scanner, struct bytes sought)
{
    FILE *file = create(scanner, "own.ndb");
    fprintf(file, "Skjema.Test:0:*:");
    for (size_t i = 0; i < sought.size; i++)
        fprintf(file, "%02x", sought.data[i]);
    fprintf(file, "\n");
    fclose(file);
}

static void write_settings(const struct scanner *scanner)
{
    FILE *file = create(scanner, "clamd.conf");
    fprintf(file,
            "Foreground yes\n"
            "LocalSocket %s\n"
            "DatabaseDirectory %s\n"
            "TemporaryDirectory %s\n"
            "StreamMaxLength %d\n"
            "AlertExceedsMax yes\n",
            scanner->address, scanner->folder, scanner->folder, SCANNER_MOST_BYTES);
    fclose(file);
}

void scanner_open(struct scanner *scanner, struct bytes sought)
{
    *scanner = (struct scanner){0};
    server_make_folder(scanner->folder, sizeof scanner->folder);
    snprintf(scanner->address, sizeof scanner->address, "%s/clamd.ctl", scanner->folder);
    write_signature(scanner, sought);
    write_settings(scanner);
}

void scanner_close(struct scanner *scanner)
{
    scanner_kill(scanner);
    server_remove_folder(scanner->folder);
}

/* Does not outlive the test. What it says goes to a file. */
static _Noreturn void become_scanner(const struct scanner *scanner)
{
    char settings[128], said[128];
    snprintf(settings, sizeof settings, "--config-file=%s/clamd.conf", scanner->folder);
    snprintf(said, sizeof said, "%s/said", scanner->folder);
    int output = open(said, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    execl(program, program, settings, (char *)NULL);
    _exit(127);
}

static bool answers(const struct scanner *scanner)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", scanner->address);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char reply[8] = "";
    bool good = connect(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
                write(fd, "zPING", 6) == 6 && read(fd, reply, sizeof reply - 1) == 5 &&
                strcmp(reply, "PONG") == 0;
    close(fd);
    return good;
}

static void show_what_it_said(const struct scanner *scanner)
{
    char path[128], line[512];
    snprintf(path, sizeof path, "%s/said", scanner->folder);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        fputs(line, stderr);
    if (file)
        fclose(file);
}

bool scanner_start(struct scanner *scanner)
{
    scanner->process = fork();
    if (scanner->process == 0)
        become_scanner(scanner);
    for (int i = 0; i < START_TENTHS_S; i++) {
        if (answers(scanner))
            return true;
        if (waitpid(scanner->process, NULL, WNOHANG) == scanner->process) {
            scanner->process = 0;
            break;
        }
        nanosleep(&(struct timespec){.tv_nsec = 100000000L}, NULL);
    }
    show_what_it_said(scanner);
    scanner_kill(scanner);
    return false;
}

void scanner_kill(struct scanner *scanner)
{
    if (!scanner->process)
        return;
    kill(scanner->process, SIGKILL);
    waitpid(scanner->process, NULL, 0);
    scanner->process = 0;
}
