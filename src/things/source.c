#include "things/source.h"

#include <dirent.h>
#include <stdatomic.h>
#include <strings.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/secret.h"
#include "base/time.h"
#include "net/url.h"

#define SAMPLE "sample:"
#define DEVICE "/dev/video"
#define DEBIAN_SAMPLES "/usr/share/doc/opencv-doc/examples/data"
#define MAX_PICTURES 100000u
#define MAX_BEHIND 256 /* frames: after a longer pause the video goes on where it stood */

struct source {
    char *path;                 /* as it is shown */
    double rate;
    char *live;                 /* what is opened, credentials and all; NULL: nothing that is live */
    double asked_rate;
    atomic_bool interrupted;
    struct vision_video *video; /* NULL: pictures, or not connected */
    int64_t next;               /* the number of the frame that the video gives next */
    char **pictures;
    size_t count, cap;
};

/* The sample's file, or NULL with an error. */
static char *find_sample(const char *name, struct err *err)
{
    static const char *const endings[] = {".avi", ".mp4"};
    const char *dirs[] = {getenv("PATCHBAY_SAMPLES"), PATCHBAY_DATADIR "/samples", DEBIAN_SAMPLES};
    struct buf places;
    buf_init(&places, 512);
    if (!*name || strchr(name, '/') || *name == '.') {
        err_set(err, "'%s' is no name of a sample, as in sample:vtest", name);
        return NULL;
    }
    for (size_t i = 0; i < ARRAY_SIZE(dirs); i++) {
        if (!dirs[i] || !*dirs[i])
            continue;
        for (size_t e = 0; e < ARRAY_SIZE(endings); e++) {
            char *path = xasprintf("%s/%s%s", dirs[i], name, endings[e]);
            if (file_exists(path)) {
                buf_release(&places);
                return path;
            }
            free(path);
        }
        buf_addf(&places, "%s%s", places.len ? ", " : "", dirs[i]);
    }
    err_set(err, "cannot find the sample video %s.avi: looked in %s; Debian's package opencv-doc has it, or set "
            "PATCHBAY_SAMPLES to the folder where it is", name, places.data);
    buf_release(&places);
    return NULL;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool is_picture(const char *name)
{
    static const char *const endings[] = {".jpg", ".jpeg", ".png"};
    size_t n = strlen(name);
    for (size_t i = 0; i < ARRAY_SIZE(endings); i++)
        if (n > strlen(endings[i]) && strcasecmp(name + n - strlen(endings[i]), endings[i]) == 0)
            return name[0] != '.';
    return false;
}

static int list_pictures(struct source *s, struct err *err)
{
    DIR *dir = opendir(s->path);
    if (!dir)
        return err_set_errno(err, "cannot read the folder '%s'", s->path);
    struct dirent *entry;
    while (s->count < MAX_PICTURES && (entry = readdir(dir)) != NULL) {
        struct stat st;
        /* Not a pipe: reading one waits for a writer for ever. */
        if (!is_picture(entry->d_name) || fstatat(dirfd(dir), entry->d_name, &st, 0) < 0 || !S_ISREG(st.st_mode))
            continue;
        GROW(s->pictures, s->count, s->cap);
        s->pictures[s->count++] = xasprintf("%s/%s", s->path, entry->d_name);
    }
    closedir(dir);
    if (!s->count)
        return err_set(err, "the folder '%s' has no pictures: no file in it ends in .jpg, .jpeg or .png", s->path);
    qsort(s->pictures, s->count, sizeof *s->pictures, by_name);
    return 0;
}

static int open_path(struct source *s, double rate, struct err *err)
{
    struct stat st;
    if (stat(s->path, &st) < 0)
        return err_set_errno(err, "cannot read the source '%s'", s->path);
    if (S_ISDIR(st.st_mode)) {
        s->rate = rate > 0 ? rate : 1;
        return list_pictures(s, err);
    }
    if (!S_ISREG(st.st_mode))
        return err_set(err, "the source '%s' is neither a file nor a folder", s->path);
    if (access(s->path, R_OK) < 0)
        return err_set_errno(err, "cannot read the source '%s'", s->path);
    s->video = vision_video_open(s->path, err);
    if (!s->video)
        return -1;
    s->rate = vision_video_rate(s->video);
    return 0;
}

/* The user and the password of the environment, which came from a Secret, at their place in a URL that names none. */
static char *with_credentials(const char *spec)
{
    const char *user = getenv("SOURCE_USER"), *password = getenv("SOURCE_PASSWORD");
    const char *host = strstr(spec, "://") + 3;
    if (!user || !*user || memchr(host, '@', strcspn(host, "/")))
        return xstrdup(spec);
    struct buf out;
    buf_init(&out, 4096);
    buf_add(&out, spec, (size_t)(host - spec));
    url_escape(&out, user);
    buf_addc(&out, ':');
    url_escape(&out, str_or_empty(password));
    buf_addf(&out, "@%s", host);
    return buf_take(&out);
}

static struct source *open_live(const char *spec, double rate, struct err *err)
{
    static const char *const schemes[] = {"rtsp://", "rtsps://", "http://", "https://"};
    size_t i = 0;
    bool device = str_starts(spec, DEVICE);
    while (!device && i < ARRAY_SIZE(schemes) && !str_starts(spec, schemes[i]))
        i++;
    if (i == ARRAY_SIZE(schemes)) {
        err_set(err, "a stream is read by rtsp, rtsps, http or https, not by %.*s", (int)MIN(strcspn(spec, ":"), 20u), spec);
        return NULL;
    }
    struct source *s = xcalloc(1, sizeof *s);
    struct buf shown;
    buf_init(&shown, 4096);
    secret_mask(&shown, spec);
    s->path = buf_take(&shown);
    s->live = device ? xstrdup(spec) : with_credentials(spec);
    s->asked_rate = rate;
    return s;
}

struct source *source_open(const char *spec, double rate, struct err *err)
{
    if (strstr(spec, "://") || str_starts(spec, DEVICE))
        return open_live(spec, rate, err);
    char *path = str_starts(spec, SAMPLE) ? find_sample(spec + strlen(SAMPLE), err) : xstrdup(spec);
    if (!path)
        return NULL;
    struct source *s = xcalloc(1, sizeof *s);
    s->path = path;
    if (open_path(s, rate, err) < 0) {
        source_close(s);
        return NULL;
    }
    return s;
}

void source_close(struct source *s)
{
    if (!s)
        return;
    vision_video_close(s->video);
    for (size_t i = 0; i < s->count; i++)
        free(s->pictures[i]);
    free(s->pictures);
    free(s->live);
    free(s->path);
    free(s);
}

bool source_is_live(const struct source *s)
{
    return s->live;
}

double source_rate(const struct source *s)
{
    return s->rate;
}

const char *source_path(const struct source *s)
{
    return s->path;
}

static struct vision_image *read_video(struct source *s, int64_t number, int max_width, struct err *err)
{
    int64_t behind = number - s->next;
    struct vision_image *image = NULL;
    s->next = number + 1;
    if (behind <= 0 || behind > MAX_BEHIND || vision_video_skip(s->video, behind))
        image = vision_video_read(s->video, max_width, err);
    if (image || err_is_set(err))
        return image;
    if (vision_video_rewind(s->video, err) < 0)
        return NULL;
    image = vision_video_read(s->video, max_width, err);
    if (!image && !err_is_set(err))
        err_set(err, "'%s' has no frame that can be read", s->path);
    return image;
}

struct vision_image *source_read(struct source *s, int64_t number, int max_width, struct err *err)
{
    if (s->video)
        return read_video(s, number, max_width, err);
    return vision_load(s->pictures[(size_t)number % s->count], max_width, err);
}

static bool is_interrupted(void *data)
{
    struct source *s = data;
    return atomic_load(&s->interrupted);
}

struct vision_image *source_next(struct source *s, int64_t not_before, int max_width, uint64_t *came, struct err *err)
{
    struct vision_image *image = NULL;
    *came = 0;
    if (!s->video)
        s->video = vision_camera_open(s->live, s->asked_rate, is_interrupted, s, err);
    if (!s->video)
        return NULL;
    /* Read and left out, so that none waits in a queue and grows old there. */
    while (time_monotonic() < not_before && vision_video_skip(s->video, 1))
        ++*came;
    image = vision_video_read(s->video, max_width, err);
    *came += image != NULL;
    if (image)
        return image;
    vision_video_close(s->video);
    s->video = NULL;
    if (!err_is_set(err))
        err_set(err, "ended its stream");
    return NULL;
}

void source_interrupt(struct source *s)
{
    atomic_store(&s->interrupted, true);
}
