#include "ui/dashboard_private.h"

#include "base/file.h"
#include "base/secret.h"
#include "base/text.h"

#define FILE_MAX (1u << 20)

static char *history_path(void)
{
    return file_xdg("XDG_STATE_HOME", ".local/state", "history");
}

/* Lines of the file: ":pods camera", "/lobby". */
static void take_lines(struct dashboard *dash, const char *text)
{
    while (*text) {
        size_t len = strcspn(text, "\n");
        if (len > 1 && len <= PROMPT_MAX) {
            struct buf clean;
            buf_init(&clean, 4 * PROMPT_MAX);
            text_sanitise(&clean, text + 1, len - 1);
            prompt_history_add(text[0] == ':' ? &dash->commands : &dash->filters, clean.data);
            buf_release(&clean);
        }
        text += len;
        text += *text == '\n';
    }
}

void state_read_lines(struct dashboard *dash)
{
    struct err ignored = ERR_INIT;
    struct buf text;
    char *path = history_path();
    buf_init(&text, FILE_MAX);
    if (file_read(path, &text, &ignored) == 0)
        take_lines(dash, text.data);
    buf_release(&text);
    free(path);
}

static size_t lines_of(const char *text)
{
    size_t count = 0;
    for (; (text = strchr(text, '\n')); text++)
        count++;
    return count;
}

/* Behind what is in the file by now: other dashboards write there, too. */
static void append(const char *path, char prompt, const char *line)
{
    struct err ignored = ERR_INIT;
    struct buf text;
    buf_init(&text, FILE_MAX);
    if (file_exists(path) && file_read(path, &text, &ignored) < 0)
        buf_reset(&text);
    buf_addf(&text, "%s%c%s\n", text.len && text.data[text.len - 1] != '\n' ? "\n" : "", prompt, line);
    size_t count = lines_of(text.data), gone = 0;
    for (; count > 2 * HISTORY_MAX; count--)
        gone += strcspn(text.data + gone, "\n") + 1;
    int fd = text.over ? -1 : file_keep(path, text.data + gone, text.len - gone, &ignored);
    if (fd >= 0)
        close(fd);
    buf_release(&text);
}

void state_keep_line(struct dashboard *dash, char prompt, const char *line)
{
    struct err ignored = ERR_INIT;
    if (!dash->keeps_state || !*line || strchr(line, '\n') || secret_in_url(line, strlen(line)) != SIZE_MAX)
        return;
    char *path = history_path(), *folder = file_folder(path);
    if (file_mkdirs(folder, 0700, &ignored) == 0)
        append(path, prompt, line);
    free(folder);
    free(path);
}
