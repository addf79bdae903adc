#include "graph/fault.h"

#include "base/secret.h"
#include "base/text.h"

const char *shown_text(struct shown *shown, const char *text)
{
    struct buf masked, clean;
    buf_init(&masked, 1u << 24);
    buf_init(&clean, 1u << 24);
    /* Masked before it is cut: half a password has no '@' to be known by. */
    secret_mask(&masked, text);
    text_sanitise(&clean, masked.data, MIN(masked.len, 400));
    size_t room = sizeof shown->text - 4, n = clean.len;
    bool cut = n > room;
    if (cut)
        for (n = room; n > 0 && ((unsigned char)clean.data[n] & 0xc0) == 0x80;)
            n--;
    snprintf(shown->text, sizeof shown->text, "%.*s%s", (int)n, clean.data, cut ? "..." : "");
    buf_release(&masked);
    buf_release(&clean);
    return shown->text;
}

void faults_add(struct faults *faults, const char *file, int line, int column, bool warning, const char *thing,
                const char *fmt, ...)
{
    if (!warning)
        faults->errors++;
    if (faults->count == FAULTS_MAX) {
        faults->more++;
        return;
    }
    struct buf raw, masked, clean;
    buf_init(&raw, 1u << 24);
    buf_init(&masked, 1u << 24);
    buf_init(&clean, 1024);
    va_list ap;
    va_start(ap, fmt);
    buf_vaddf(&raw, fmt, ap);
    va_end(ap);
    secret_mask(&masked, raw.data);
    text_sanitise(&clean, masked.data, masked.len);
    GROW(faults->items, faults->count, faults->cap);
    faults->items[faults->count++] = (struct fault){
        .file = xstrdup_or_null(file),
        .line = line,
        .column = column,
        .warning = warning,
        .text = xstrdup(clean.data),
        .thing = xstrdup_or_null(thing),
    };
    buf_release(&raw);
    buf_release(&masked);
    buf_release(&clean);
}

static int by_place(const void *a, const void *b)
{
    const struct fault *x = a, *y = b;
    int files = strcmp(str_or_empty(x->file), str_or_empty(y->file));
    if (files)
        return files;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    if (x->warning != y->warning)
        return x->warning ? 1 : -1;
    return strcmp(x->text, y->text);
}

void faults_sort(struct faults *faults)
{
    if (faults->count)
        qsort(faults->items, faults->count, sizeof *faults->items, by_place);
}

void fault_format(const struct fault *fault, struct buf *out)
{
    if (fault->file)
        text_sanitise(out, fault->file, strlen(fault->file));
    if (fault->line > 0)
        buf_addf(out, "%s%d:%d", fault->file ? ":" : "", fault->line, fault->column);
    if (fault->file || fault->line > 0)
        buf_adds(out, ": ");
    buf_addf(out, "%s%s", fault->warning ? "warning: " : "", fault->text);
}

void faults_release(struct faults *faults)
{
    for (size_t i = 0; i < faults->count; i++) {
        free(faults->items[i].file);
        free(faults->items[i].text);
        free(faults->items[i].thing);
    }
    free(faults->items);
    *faults = (struct faults){0};
}
