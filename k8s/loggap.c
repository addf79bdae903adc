#include "k8s/loggap.h"

#include "base/time.h"
#include "k8s/logline.h"

#define ENOUGH (64u << 10)         /* bytes, until a file may have been turned over */
#define APART NSEC_PER_SEC         /* between two questions */
#define PAUSE (10 * NSEC_PER_MSEC) /* at least */
#define PACES 16                   /* so many times the average is a pause */
#define SKIP NSEC_PER_SEC          /* to fill a file takes longer than that */

/* The long pause in which a file began; -1: there was none. For lines that come from a file that is not the newest, it is
 * the last one, since it was asked before, in which a whole file might have been skipped that nobody knew of. */
static int find_pause(const struct log_gap *gap, int64_t begins, bool behind)
{
    for (size_t i = gap->pause; i-- && gap->pause - i <= GAP_PAUSES;) {
        int64_t from = gap->pauses[i % GAP_PAUSES].from, to = gap->pauses[i % GAP_PAUSES].to;
        if (behind ? i >= gap->asked_before && to - from > SKIP : from < begins && begins <= to)
            return (int)(i % GAP_PAUSES);
    }
    return -1;
}

/* Several files may have begun in one pause. */
static bool judge(struct log_gap *gap, int64_t from, int64_t to)
{
    if (to == gap->told)
        return true;
    gap->told = to;
    return gap->judged(gap->data, from, to);
}

static void on_first_line(void *data, const struct kube_answer *answer)
{
    struct log_gap *gap = data;
    size_t skip;
    int64_t begins = answer->status == 200 ? log_line_time(answer->body, answer->len, &skip) : 0;
    gap->call = NULL;
    loop_timer_start(&gap->ask, APART);
    if (begins > gap->file) {
        gap->file = begins;
        bool behind = gap->last && begins > gap->last;
        if (behind && gap->file_count < GAP_FILES)
            gap->files[gap->file_count++] = begins;
        int pause = find_pause(gap, begins, behind);
        if (pause >= 0 && !judge(gap, gap->pauses[pause].from, gap->pauses[pause].to))
            return;
    }
    gap->judged(gap->data, 0, 0);
}

static void question(struct log_gap *gap)
{
    gap->bytes = 0;
    gap->asked_before = gap->asked;
    gap->asked = gap->pause;
    loop_timer_stop(&gap->ask);
    gap->call = kube_start(gap->client, &(struct kube_request){.path = gap->path, .accept = "*/*"}, on_first_line, gap);
}

static void on_time(void *data)
{
    struct log_gap *gap = data;
    if (gap->bytes >= ENOUGH)
        question(gap);
}

bool log_gap_line(struct log_gap *gap, int64_t time, size_t len)
{
    int64_t before = gap->last, pause = time - before, long_one = MAX(PAUSE, PACES * gap->pace);
    gap->bytes += len;
    if (gap->bytes >= ENOUGH && !gap->call && !loop_timer_active(&gap->ask))
        question(gap);
    if (!time)
        return true;
    gap->last = time;
    if (!before || pause < 0)
        return true;
    gap->pace += (MIN(pause, long_one) - gap->pace) / 8;
    if (pause > long_one) {
        size_t at = gap->pause++ % GAP_PAUSES;
        gap->pauses[at].from = before;
        gap->pauses[at].to = time;
    }
    bool skipped = time < gap->file && pause > MAX(long_one, SKIP);
    while (gap->file_count && time >= gap->files[0]) {
        gap->file_count--;
        memmove(gap->files, gap->files + 1, gap->file_count * sizeof *gap->files);
        skipped |= pause > long_one;
    }
    return !skipped || judge(gap, before, time);
}

void log_gap_restart(struct log_gap *gap)
{
    gap->last = 0;
    gap->file_count = 0;
}

bool log_gap_close(struct log_gap *gap)
{
    if (!gap->call && gap->file && gap->pause > gap->asked)
        question(gap);
    return gap->call != NULL;
}

void log_gap_init(struct log_gap *gap, struct kube_client *client, char *path, log_gap_fn judged, void *data)
{
    *gap = (struct log_gap){.client = client, .path = path, .judged = judged, .data = data};
    loop_timer_init(&gap->ask, kube_client_loop(client), on_time, gap);
}

void log_gap_release(struct log_gap *gap)
{
    kube_cancel(gap->call);
    loop_timer_stop(&gap->ask);
    free(gap->path);
}
