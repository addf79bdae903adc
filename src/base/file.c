#include "base/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/file.h>

int file_read(const char *path, struct buf *out, struct err *err)
{
    bool standard = strcmp(path, "-") == 0;
    const char *name = standard ? "standard input" : path;
    /* Opening a pipe would wait for somebody who writes into it, perhaps for ever. */
    int fd = standard ? STDIN_FILENO : open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(err, "cannot read '%s'", name);
    struct stat st = {0};
    int rc = 0;
    if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
        rc = err_set(err, "cannot read '%s': it is a directory", name);
    else if (S_ISREG(st.st_mode) && (uintmax_t)st.st_size > out->max)
        rc = err_set(err, "cannot read '%s': it has %jd bytes, more than the %zu allowed", name, (intmax_t)st.st_size,
                     out->max);
    while (rc == 0) {
        char chunk[65536];
        ssize_t n = read(fd, chunk, sizeof chunk);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN && !standard && fcntl(fd, F_SETFL, 0) == 0) /* somebody does, and is waited for */
            continue;
        if (n == 0 && !standard && S_ISFIFO(st.st_mode) && !out->len)
            rc = err_set(err, "cannot read '%s': it is a pipe that nobody writes into", name);
        if (n < 0)
            rc = err_set_errno(err, "cannot read '%s'", name);
        if (n <= 0)
            break;
        if (buf_add(out, chunk, (size_t)n) < 0)
            rc = err_set(err, "cannot read '%s': it has more than the %zu bytes allowed", name, out->max);
    }
    if (!standard)
        close(fd);
    return rc;
}

static int write_all(int fd, const char *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return -1;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

/* What a path means: the file at the end of its links, which need not be there yet. The caller's. */
static char *target_of(const char *path)
{
    char *target = realpath(path, NULL);
    if (target)
        return target;
    target = xstrdup(path);
    for (int links = 0; links < 40; links++) {
        char to[PATH_MAX];
        ssize_t n = readlink(target, to, sizeof to - 1);
        if (n <= 0)
            break;
        to[n] = '\0';
        char *next = file_beside(target, to);
        free(target);
        target = next;
    }
    return target;
}

/* The name itself must survive a power cut, too. */
static void sync_folder(const char *path)
{
    char *folder = file_folder(path);
    int dir = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir >= 0) {
        fsync(dir);
        close(dir);
    }
    free(folder);
}

int file_save(const char *path, const void *data, size_t len, mode_t mode, struct err *err)
{
    /* A link is followed: what it points at is what the user means to keep. */
    char *target = target_of(path);
    struct stat st;
    bool there = stat(target, &st) == 0;
    if (there && !S_ISREG(st.st_mode)) { /* the rename would put a file in the place of a device */
        free(target);
        return err_set(err, "cannot save '%s': it is %s", path, S_ISDIR(st.st_mode) ? "a directory" : "no regular file");
    }
    if (there && access(target, W_OK) < 0) { /* the rename would go past a file that was made read-only */
        err_set_errno(err, "cannot save '%s'", path);
        free(target);
        return -1;
    }
    if (!mode)
        mode = there ? st.st_mode & 0777 : 0644;
    char *temp = xasprintf("%s.XXXXXX", target);
    int fd = mkostemp(temp, O_CLOEXEC);
    int rc = 0;
    if (fd < 0) {
        rc = err_set_errno(err, "cannot save '%s': no file can be made in its folder", path);
    } else {
        if (fchmod(fd, mode) < 0 || write_all(fd, data, len) < 0 || fsync(fd) < 0)
            rc = err_set_errno(err, "cannot save '%s'", path);
        if (close(fd) < 0 && rc == 0)
            rc = err_set_errno(err, "cannot save '%s'", path);
        if (rc == 0 && rename(temp, target) < 0)
            rc = err_set_errno(err, "cannot save '%s'", path);
        if (rc < 0)
            unlink(temp);
    }
    if (rc == 0)
        sync_folder(temp);
    free(temp);
    free(target);
    return rc;
}

int file_keep(const char *path, const void *data, size_t len, struct err *err)
{
    char *temp = xasprintf("%s.new", path);
    int fd = open(temp, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    int rc = 0;
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) < 0 || write_all(fd, data, len) < 0 || rename(temp, path) < 0)
        rc = err_set_errno(err, "cannot write '%s'", path);
    if (rc < 0 && fd >= 0) {
        unlink(temp);
        close(fd);
    }
    free(temp);
    return rc < 0 ? -1 : fd;
}

int file_claim(const char *path, struct err *err)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return err_set_errno(err, "cannot read '%s'", path);
    int rc = 0;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        rc = err_set(err, "cannot read '%s': it is no regular file", path);
    else if (flock(fd, LOCK_EX | LOCK_NB) < 0 || (fstat(fd, &st) == 0 && !st.st_nlink))
        rc = err_set(err, "'%s' is in use by another program", path);
    if (rc < 0)
        close(fd);
    return rc < 0 ? -1 : fd;
}

char *file_temporary(const char *suffix, const void *data, size_t len, struct err *err)
{
    const char *dir = getenv("TMPDIR");
    char *path = xasprintf("%s/patchbay-XXXXXX%s", dir && *dir ? dir : "/tmp", suffix);
    int fd = mkostemps(path, (int)strlen(suffix), O_CLOEXEC);
    int rc = 0;
    if (fd < 0)
        rc = err_set_errno(err, "cannot make the file '%s'", path);
    else if (write_all(fd, data, len) < 0)
        rc = err_set_errno(err, "cannot write '%s'", path);
    if (fd >= 0 && close(fd) < 0 && rc == 0)
        rc = err_set_errno(err, "cannot write '%s'", path);
    if (rc == 0)
        return path;
    if (fd >= 0)
        unlink(path);
    free(path);
    return NULL;
}

const char *file_base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

char *file_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    return !slash ? xstrdup(".") : slash == path ? xstrdup("/") : xstrndup(path, (size_t)(slash - path));
}

char *file_beside(const char *path, const char *name)
{
    const char *base = file_base_name(path);
    return name[0] == '/' ? xstrdup(name) : xasprintf("%.*s%s", (int)(base - path), path, name);
}

bool file_is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

bool file_is_unchanged(const struct stat *a, const struct stat *b)
{
    return file_is_same(a, b) && a->st_size == b->st_size && is_same_time(&a->st_mtim, &b->st_mtim) &&
           is_same_time(&a->st_ctim, &b->st_ctim);
}

static int is_yaml(const struct dirent *entry)
{
    return entry->d_name[0] != '.' && (str_ends(entry->d_name, ".yaml") || str_ends(entry->d_name, ".yml"));
}

int file_list_yaml(const char *dir, struct file_paths *out, struct err *err)
{
    struct dirent **entries;
    int count = scandir(dir, &entries, is_yaml, alphasort);
    *out = (struct file_paths){0};
    if (count < 0)
        return err_set_errno(err, "cannot read the folder '%s'", dir);
    out->items = xcalloc((size_t)count + 1, sizeof *out->items);
    for (int i = 0; i < count; i++) {
        out->items[out->count++] = xasprintf("%s/%s", dir, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return 0;
}

void file_paths_release(struct file_paths *paths)
{
    for (size_t i = 0; i < paths->count; i++)
        free(paths->items[i]);
    free(paths->items);
    *paths = (struct file_paths){0};
}

char *file_absolute(const char *path)
{
    char *real = realpath(path, NULL), *here = real || path[0] == '/' ? NULL : getcwd(NULL, 0);
    if (real)
        return real;
    char *whole = here ? xasprintf("%s/%s", here, path) : xstrdup(path);
    free(here);
    return whole;
}

int file_mkdirs(const char *path, mode_t mode, struct err *err)
{
    char *copy = xstrdup(path);
    int rc = 0;
    for (char *p = copy + 1; rc == 0; p++) {
        if (*p && *p != '/')
            continue;
        char end = *p;
        *p = '\0';
        if (mkdir(copy, mode) < 0 && errno != EEXIST)
            rc = err_set_errno(err, "cannot make the folder '%s'", copy);
        *p = end;
        if (!end)
            break;
    }
    free(copy);
    return rc;
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

static int remove_at(int parent, const char *name, const char *path, struct err *err)
{
    if (unlinkat(parent, name, 0) == 0 || errno == ENOENT)
        return 0;
    if (errno != EISDIR && errno != EPERM)
        return err_set_errno(err, "cannot remove '%s'", path);
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return err_set_errno(err, "cannot remove '%s'", path);
    }
    int rc = 0;
    for (struct dirent *e; rc == 0 && (e = readdir(dir));)
        if (!str_eq(e->d_name, ".") && !str_eq(e->d_name, ".."))
            rc = remove_at(fd, e->d_name, path, err);
    closedir(dir);
    if (rc == 0 && unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        rc = err_set_errno(err, "cannot remove '%s'", path);
    return rc;
}

int file_remove_tree(const char *path, struct err *err)
{
    return remove_at(AT_FDCWD, path, path, err);
}

const char *file_self_dir(void)
{
    static char dir[PATH_MAX];
    if (!dir[0]) {
        ssize_t n = readlink("/proc/self/exe", dir, sizeof dir - 1);
        if (n <= 0)
            return "";
        dir[n] = '\0';
        char *slash = strrchr(dir, '/');
        if (slash)
            slash[slash == dir] = '\0';
    }
    return dir;
}

char *file_xdg(const char *var, const char *fallback, const char *name)
{
    const char *base = getenv(var);
    if (base && base[0] == '/')
        return xasprintf("%s/patchbay/%s", base, name);
    const char *home = getenv("HOME");
    return xasprintf("%s/%s/patchbay/%s", home && *home ? home : "/", fallback, name);
}
