#include "ui/view/logs_view.h"

#include "base/text.h"
#include "base/time.h"
#include "ops/logfields.h"
#include "ops/loglevel.h"

#define SHOWN_MAX (64u << 10) /* bytes of a line that are shown; all are searched, saved and piped */
#define TIME_CELLS 13

const char *logs_name(void *data, unsigned stream)
{
    struct logs *logs = data;
    return logs->set && stream < log_set_count(logs->set) ? log_set_at(logs->set, stream)->label : "";
}

/* Where things stand in a row. */
struct columns {
    int name, text, name_w, text_w;
};

static struct columns columns_of(struct logs *logs, int w)
{
    struct columns c = {.name = 1 + (logs->times ? TIME_CELLS : 0)};
    for (size_t i = 0; logs->set && i < log_set_count(logs->set); i++)
        c.name_w = MAX(c.name_w, text_width(logs_name(logs, (unsigned)i)));
    c.name_w = MIN(c.name_w, MAX(8, w / 4));
    c.text = c.name + (c.name_w ? c.name_w + 1 : 0);
    c.text_w = MAX(w - c.text, 1);
    return c;
}

/* The line as text to be drawn; what does not fit into SHOWN_MAX is counted. */
static void shown(struct logs *logs, const struct spool_line *line, struct buf *out)
{
    buf_reset(out);
    if (!logs->raw && !line->flags && log_fields(out, line->text, line->len))
        return;
    log_plain(out, line->text, MIN(line->len, SHOWN_MAX));
    if (line->len > SHOWN_MAX)
        buf_addf(out, " … and %u bytes more", line->len - SHOWN_MAX);
    else if (line->flags & LOG_CUT)
        buf_adds(out, " … cut: the line is longer than 1 MiB");
}

static enum role role_of(struct logs *logs, const struct spool_line *line)
{
    if (line->flags & (LOG_GAP | LOG_NOTE))
        return line->flags & LOG_GAP ? ROLE_WARNING : ROLE_DIM;
    if (log_book_filtered(&logs->book) && !log_book_fits(&logs->book, line))
        return ROLE_DIM;
    switch ((enum log_level)line->level) {
    case LOG_LEVEL_FATAL:
    case LOG_LEVEL_ERROR: return ROLE_BAD;
    case LOG_LEVEL_WARNING: return ROLE_WARNING;
    case LOG_LEVEL_DEBUG: return ROLE_DIM;
    default: return ROLE_NORMAL;
    }
}

/* What was searched or filtered for stands out. */
static void mark(const struct log_filter *filter, struct area area, int x, int y, const char *text, size_t len)
{
    size_t at, n;
    for (size_t from = 0; from < len && (n = log_filter_match(filter, text + from, len - from, &at)); from += at + n) {
        char *head = xstrndup(text, from + at), *found = xstrndup(text + from + at, n);
        draw_style(area, x + text_width(head), y, text_width(found), ROLE_MATCH, 0);
        bool out = x + text_width(head) > area.w;
        free(head);
        free(found);
        if (out)
            break;
    }
}

static void draw_part(struct logs *logs, struct area area, int x, int y, enum role role, unsigned attr, const char *text, size_t len)
{
    draw_text(area, x, y, role, attr, text);
    mark(&logs->book.filter, area, x, y, text, len);
    mark(&logs->wanted, area, x, y, text, len);
}

static int rows_of(struct logs *logs, uint64_t row, int w, struct buf *text)
{
    struct spool_line line;
    if (!logs->wrap || !spool_get(logs->book.spool, log_book_number(&logs->book, row), &line))
        return 1;
    shown(logs, &line, text);
    return MAX(1, (text_width(text->data) + w - 1) / w);
}

static uint64_t last_top(struct logs *logs, int w, int h)
{
    uint64_t count = log_book_count(&logs->book), top = count;
    int rows = 0, cells = columns_of(logs, w).text_w;
    struct buf text;
    buf_init(&text, 4 * SHOWN_MAX);
    while (top > 0 && (rows += rows_of(logs, top - 1, cells, &text)) <= h)
        top--;
    buf_release(&text);
    return top == count && top ? top - 1 : top;
}

static void draw_head(struct logs *logs, struct area area, int y, const struct spool_line *line, const struct columns *c, bool apart)
{
    char time[TIME_TEXT];
    if (apart)
        draw_char(area, 0, y, ROLE_DIM, 0, '-');
    if (logs->times && line->time)
        draw_textf(area, 1, y, ROLE_DIM, 0, "%.12s", time_format(time, line->time, 3) + 11);
    if (c->name_w)
        draw_field(area, c->name, y, c->name_w, (enum role)(ROLE_SERIES + line->stream % 7), 0, logs_name(logs, line->stream));
}

/* Returns how many rows of the screen it took. */
static int draw_line(struct logs *logs, struct area area, int y, const struct spool_line *line, const struct columns *c, struct buf *text)
{
    enum role role = role_of(logs, line);
    unsigned attr = logs->marked && line->number == logs->mark ? ATTR_SELECTED : 0;
    struct area body = area_sub(area, c->text, y, c->text_w, area.h - y);
    shown(logs, line, text);
    if (attr)
        draw_style(body, 0, 0, c->text_w, -1, attr);
    if (!logs->wrap) {
        draw_part(logs, body, -logs->left, 0, role, attr, text->data, text->len);
        size_t fits = text_clip(text->data, logs->left + c->text_w);
        if (text->data[fits])
            draw_char(body, c->text_w - 1, 0, ROLE_DIM, attr, 0x2026);
        return 1;
    }
    const char *at = text->data;
    int rows = 0;
    do {
        size_t n = text_clip(at, c->text_w);
        char *part = xstrndup(at, n);
        draw_part(logs, body, 0, rows++, role, attr, part, n);
        free(part);
        if (!n)
            break;
        at += n;
    } while (*at && rows < body.h);
    return rows;
}

static void say_how(struct logs *logs, struct area area)
{
    const char *open = dashboard_model(logs->dash)->graph_name, *graph = open ? open : "GRAPH";
    char text[512];
    snprintf(text, sizeof text,
             "no log is open; l on a pod shows its log, :logs %.100s those of the graph, :logs %.100s/THING and :logs POD one", graph,
             graph);
    draw_wrapped(area, 1, 2, area.w - 2, ROLE_DIM, 0, text);
}

static void say_nothing(struct logs *logs, struct area area)
{
    const char *why = logs->why;
    for (size_t i = 0; logs->set && !*why && i < log_set_count(logs->set); i++)
        why = log_set_at(logs->set, i)->why;
    if (!logs->pod && !logs->graph && !logs->uids)
        say_how(logs, area);
    else if (*why)
        draw_wrapped(area, 1, 2, area.w - 2, ROLE_DIM, 0, why);
    else if (log_book_filtered(&logs->book) && spool_end(logs->book.spool))
        draw_wrapped(area, 1, 2, area.w - 2, ROLE_DIM, 0,
                     logs->filter[0] ? "no line fits the filter; & changes it, Esc takes it away"
                                     : "no line is of these times; Esc shows all");
    else
        draw_wrapped(area, 1, 2, area.w - 2, ROLE_DIM, 0,
                     log_set_count(logs->set) ? "nothing was written yet" : "no container of it has begun yet");
}

/* What is no longer there is said above the oldest line. */
static int draw_given_up(struct logs *logs, struct area area)
{
    char time[TIME_TEXT];
    uint64_t gone = spool_first(logs->book.spool);
    if (!gone)
        return 0;
    draw_textf(area, 1, 0, ROLE_WARNING, 0, "%" PRIu64 " older lines, until %.19s, were given up: the file's bound is reached", gone,
               time_format(time, spool_given_up(logs->book.spool), 0));
    return 1;
}

/* A match that is right or left of what is seen comes into the middle. */
static void reveal(struct logs *logs, const struct columns *c, struct buf *text)
{
    struct spool_line line;
    size_t at, n;
    logs->reveal = false;
    if (logs->wrap || !spool_get(logs->book.spool, logs->mark, &line))
        return;
    shown(logs, &line, text);
    n = log_filter_match(&logs->wanted, text->data, text->len, &at);
    if (!n || logs->seeks_error)
        return;
    text->data[at + n] = '\0';
    int end = text_width(text->data);
    text->data[at] = '\0';
    int from = text_width(text->data);
    if (from < logs->left || end > logs->left + c->text_w - 1)
        logs->left = end <= c->text_w - 1 ? 0 : MAX(0, from - c->text_w / 2);
}

void logs_draw(void *state, struct area area)
{
    struct logs *logs = state;
    uint64_t count = log_book_count(&logs->book);
    logs->page = 1;
    if (!count) {
        say_nothing(logs, area);
        return;
    }
    int y = logs->follow || log_book_index(&logs->book, logs->top) ? 0 : draw_given_up(logs, area);
    uint64_t most = last_top(logs, area.w, area.h - y);
    logs->index = logs->follow ? most : MIN(log_book_index(&logs->book, logs->top), most);
    if (logs->follow)
        logs->top = log_book_number(&logs->book, logs->index);
    struct columns c = columns_of(logs, area.w);
    struct buf text;
    buf_init(&text, 4 * SHOWN_MAX);
    if (logs->reveal)
        reveal(logs, &c, &text);
    bool around = log_book_filtered(&logs->book) && logs->book.before + logs->book.after > 0;
    uint64_t row = logs->index, before = UINT64_MAX;
    for (; row < count && y < area.h; row++) {
        struct spool_line line;
        uint64_t number = log_book_number(&logs->book, row);
        if (!spool_get(logs->book.spool, number, &line)) {
            draw_textf(area, 1, y++, ROLE_BAD, 0, "line %" PRIu64 " cannot be read back from the file", number + 1);
            continue;
        }
        draw_head(logs, area, y, &line, &c, around && before != UINT64_MAX && number != before + 1);
        y += draw_line(logs, area, y, &line, &c, &text);
        before = number;
    }
    buf_release(&text);
    logs->page = MAX(1, row - logs->index);
}
