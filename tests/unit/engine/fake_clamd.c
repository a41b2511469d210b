#include "fake_clamd.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { LONGEST_CHUNK = 1 << 20 };

static bool take(int fd, unsigned char *to, size_t size)
{
    while (size) {
        ssize_t got = read(fd, to, size);
        if (got <= 0)
            return false;
        to += got;
        size -= (size_t)got;
    }
    return true;
}

static bool take_document(struct fake_clamd *fake, int fd, unsigned char *chunk)
{
    unsigned char head[10], length[4];
    fake->largest = fake->total = fake->sum = 0;
    if (!take(fd, head, sizeof head) || memcmp(head, "zINSTREAM", sizeof head) != 0)
        return false;
    while (take(fd, length, sizeof length)) {
        size_t size =
            (size_t)length[0] << 24 | (size_t)length[1] << 16 | (size_t)length[2] << 8 | length[3];
        if (!size)
            return true;
        if (size > LONGEST_CHUNK || !take(fd, chunk, size))
            return false;
        for (size_t i = 0; i < size; i++)
            fake->sum += chunk[i];
        fake->total += size;
        fake->largest = size > fake->largest ? size : fake->largest;
        if (fake->stop_after && fake->total >= fake->stop_after)
            return false;
    }
    return false;
}

static void *answer(void *self)
{
    struct fake_clamd *fake = self;
    unsigned char *chunk = malloc(LONGEST_CHUNK);
    if (!chunk)
        abort();
    for (int fd; (fd = accept(fake->listener, NULL, NULL)) >= 0; close(fd)) {
        fake->spoke_well = take_document(fake, fd, chunk);
        atomic_fetch_add(&fake->asked, 1);
        unsigned char gone;
        ssize_t done = fake->silent ? read(fd, &gone, 1)
                                    : send(fd, fake->reply, fake->reply_size, MSG_NOSIGNAL);
        (void)done;
    }
    free(chunk);
    return NULL;
}

static void must(bool good, const char *what)
{
    if (good)
        return;
    perror(what);
    abort();
}

void fake_clamd_open(struct fake_clamd *fake)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(fake->folder, sizeof fake->folder, "/tmp/skjema-clamd-XXXXXX");
    must(mkdtemp(fake->folder), "mkdtemp");
    snprintf(fake->path, sizeof fake->path, "%s/s", fake->folder);
    snprintf(address.sun_path, sizeof address.sun_path, "%s", fake->path);
    fake->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    must(fake->listener >= 0, "socket");
    must(bind(fake->listener, (struct sockaddr *)&address, sizeof address) == 0, "bind");
    must(listen(fake->listener, 4) == 0, "listen");
    must(pthread_create(&fake->thread, NULL, answer, fake) == 0, "pthread_create");
}

void fake_clamd_close(struct fake_clamd *fake)
{
    shutdown(fake->listener, SHUT_RDWR);
    pthread_join(fake->thread, NULL);
    close(fake->listener);
    unlink(fake->path);
    rmdir(fake->folder);
}
