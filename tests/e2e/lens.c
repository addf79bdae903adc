#include "tests/e2e/lens.h"

#include <fcntl.h>
#include <sys/wait.h>

#include "base/text.h"
#include "tests/e2e/rig.h"

#define SAMPLE "sample:vtest"

static void lens_exec(int port, int said)
{
    const char *built = getenv("abs_top_builddir");
    char number[16], *program = xasprintf("%s/patchbay-thing", built && *built ? built : TOP_BUILDDIR);
    snprintf(number, sizeof number, "%d", port);
    unsetenv("POD_IP");
    dup2(said, STDERR_FILENO);
    execl(program, program, "camera", "--address", "127.0.0.1", "--port", number, "--fps", "10", "--source", SAMPLE, (char *)NULL);
    _exit(127);
}

struct lens lens_open(int port)
{
    struct lens lens = {.pid = -1};
    int ends[2];
    char text[4096] = "";
    size_t len = 0;
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    lens.pid = fork();
    ck_assert_int_ge(lens.pid, 0);
    if (!lens.pid)
        lens_exec(port, ends[1]);
    close(ends[1]);
    lens.said = ends[0];
    while (!strstr(text, "listening on ")) {
        ssize_t n = read(lens.said, text + len, sizeof text - 1 - len);
        ck_assert_msg(n > 0, "the lens ended, saying %s", text);
        len += (size_t)n;
    }
    const char *at = strstr(text, "127.0.0.1:");
    ck_assert_ptr_nonnull(at);
    lens.port = (int)strtol(at + strlen("127.0.0.1:"), NULL, 10);
    return lens;
}

void lens_close(struct lens *lens)
{
    kill(lens->pid, SIGKILL);
    waitpid(lens->pid, NULL, 0);
    close(lens->said);
}

void lens_start_lobby(const struct lens *lens, int w, int h)
{
    rig.from = SAMPLE;
    rig.to = xasprintf("http://127.0.0.1:%d/video", lens->port);
    rig_start("lobby", NULL, w, h);
    free(rig.to);
    rig.to = NULL;
    rig_deploy();
    rig_expect_flow();
}
