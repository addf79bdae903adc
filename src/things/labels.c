#include "things/labels.h"

#include "base/file.h"
#include "base/text.h"

#define MAX_FILE (256u << 10)
#define MAX_NAME 100u

static void add(struct labels *labels, const char *text, size_t len)
{
    struct buf clean;
    buf_init(&clean, 8 * MAX_NAME);
    text_sanitise(&clean, text, MIN(len, MAX_NAME));
    labels->names = xreallocarray(labels->names, labels->count + 1, sizeof *labels->names);
    labels->names[labels->count++] = buf_take(&clean);
}

/* An empty line counts, as the numbers do, unless it is the last. */
static int split(struct labels *labels, const char *text, const char *between, struct err *err)
{
    while (*text) {
        size_t n = strcspn(text, between), len = n;
        while (len && strchr(" \t\r", text[len - 1]))
            len--;
        size_t blank = MIN(strspn(text, " \t"), len);
        if (labels->count == LABELS_MAX)
            return err_set(err, "there are more than %d labels", LABELS_MAX);
        add(labels, text + blank, len - blank);
        text += n + (text[n] != '\0');
    }
    return 0;
}

int labels_read(struct labels *labels, const char *spec, struct err *err)
{
    struct buf text;
    *labels = (struct labels){0};
    if (!strchr(spec, '/'))
        return split(labels, spec, ",", err);
    buf_init(&text, MAX_FILE);
    int rc = file_read(spec, &text, err);
    if (rc == 0)
        rc = split(labels, text.data, "\n", err);
    if (rc == 0 && !labels->count)
        rc = err_set(err, "'%s' has no label", spec);
    buf_release(&text);
    if (rc < 0)
        labels_release(labels);
    return rc;
}

void labels_fill(struct labels *labels, size_t kinds)
{
    char name[32];
    while (labels->count < kinds) {
        snprintf(name, sizeof name, "object-%zu", labels->count);
        add(labels, name, strlen(name));
    }
}

void labels_release(struct labels *labels)
{
    for (size_t i = 0; i < labels->count; i++)
        free(labels->names[i]);
    free(labels->names);
    *labels = (struct labels){0};
}
