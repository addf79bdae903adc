/* The programs that show pods on a terminal. */
#include "base/time.h"
#include "tests/bench/cluster/scale.h"

#define WIDTH 120
#define HEIGHT 40
#define PATIENCE (300 * NSEC_PER_SEC) /* 50,000 pods take some programs minutes */
#define TEXT_MAX (1u << 20)

void shown_patchbay(struct shown *shown, const struct scale *scale)
{
    *shown = (struct shown){.name = "patchbay", .argv = {scale->cluster->patchbay}};
    snprintf(shown->full, sizeof shown->full, "Pods %zu ", scale->pods);
}

/* 10,000 */
static const char *grouped(char out[32], size_t number)
{
    if (number < 1000)
        snprintf(out, 32, "%zu", number);
    else
        snprintf(out, 32, "%zu,%03zu", number / 1000, number % 1000);
    return out;
}

void shown_k9s(struct shown *shown, const struct scale *scale)
{
    char count[32];
    *shown = (struct shown){.name = "k9s", .argv = {scale->k9s, "-A", "-c", "pods"}};
    snprintf(shown->full, sizeof shown->full, "pods(all)[%s]", grouped(count, scale->pods));
}

struct screen *shown_start(const struct shown *shown, const struct scale *scale)
{
    static const char *const names[] = {"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"};
    const char *env[ARRAY_SIZE(names) + 2] = {0};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++)
        env[i] = xasprintf("%s=%s", names[i], scale->home);
    env[ARRAY_SIZE(names)] = xasprintf("KUBECONFIG=%s", scale->cluster->kubeconfig);
    struct screen *screen = screen_start(shown->argv, env, WIDTH, HEIGHT);
    for (size_t i = 0; env[i]; i++)
        free((char *)(uintptr_t)env[i]);
    screen_deadline(screen, PATIENCE);
    if (str_eq(shown->name, "patchbay"))
        screen_type(screen, "4");
    return screen;
}

int64_t shown_until(struct screen *screen, const char *text, int64_t patience)
{
    int64_t now, deadline = time_monotonic() + patience;
    bool right = false;
    struct buf there;
    buf_init(&there, TEXT_MAX);
    do {
        now = time_monotonic();
        buf_reset(&there);
        screen_text(screen, &there);
        right = strstr(there.data, text);
    } while (!right && now < deadline && !screen_ended(screen) && (screen_wait(screen, deadline - now) || true));
    buf_release(&there);
    return right ? now : 0;
}

struct screen *shown_whole(const struct shown *shown, const struct scale *scale, struct err *err)
{
    struct screen *screen = shown_start(shown, scale);
    if (shown_until(screen, shown->full, PATIENCE))
        return screen;
    struct buf there;
    buf_init(&there, TEXT_MAX);
    screen_text(screen, &there);
    err_set(err, "%s did not show '%s'; its screen:\n%s", shown->name, shown->full, there.data);
    buf_release(&there);
    screen_free(screen);
    return NULL;
}
