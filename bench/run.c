/*
 * Runs a command and says what it cost.
 *
 *     run [-o STDOUT] [-e STDERR] [-s PORT] [-t SECONDS] COMMAND [ARGUMENT...]
 *
 * -o and -e name the files that take the command's stdout and stderr (default /dev/null). -s binds a UDP socket to
 * 127.0.0.1:PORT that drops what comes, so that an exporter has somewhere to send to. -t kills the command after SECONDS.
 *
 * Prints one JSON line when the command has started, {"pid":N}, and one when it and all its descendants have ended:
 * {"exit":CODE,"signal":N,"wallUs":N,"userUs":N,"systemUs":N,"peakKib":N}. Time is that of the whole tree (it is a
 * subreaper, so that children which a program leaves behind count too); peakKib is that of the largest process.
 * SIGTERM, SIGINT, SIGUSR1 and SIGUSR2 are passed on to the command.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile pid_t command;

static void pass_on(int signal_number)
{
	if (command > 0)
		kill(command, signal_number);
}

static void time_out(int signal_number)
{
	(void)signal_number;
	if (command > 0)
		kill(-command, SIGKILL);
}

static void fail(const char *what)
{
	fprintf(stderr, "run: %s: %s\n", what, strerror(errno));
	exit(125);
}

static void redirect(int descriptor, const char *path)
{
	int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (file < 0 || dup2(file, descriptor) < 0)
		fail(path);
	close(file);
}

/* Its filter takes nothing: so its buffer is never full, and nobody has to read it. */
static void hold_sink(int port)
{
	struct sock_filter nothing = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog filter = { .len = 1, .filter = &nothing };
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons(port) };
	int sink = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (sink < 0 || setsockopt(sink, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof filter) < 0 ||
	    bind(sink, (struct sockaddr *)&address, sizeof address) < 0)
		fail("sink");
}

static long long monotonic_us(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000LL + now.tv_nsec / 1000;
}

static long long to_us(struct timeval time)
{
	return time.tv_sec * 1000000LL + time.tv_usec;
}

static void handle(int signal_number, void (*handler)(int))
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
	sigaction(signal_number, &action, NULL);
}

int main(int count, char **arguments)
{
	const char *output = "/dev/null", *errors = "/dev/null";
	int option, limit_seconds = 0, status = 0, ended;
	struct rusage usage;
	long long started_us, wall_us;

	while ((option = getopt(count, arguments, "+o:e:s:t:")) != -1) {
		switch (option) {
		case 'o': output = optarg; break;
		case 'e': errors = optarg; break;
		case 's': hold_sink(atoi(optarg)); break;
		case 't': limit_seconds = atoi(optarg); break;
		default: return 125;
		}
	}
	if (optind >= count) {
		fprintf(stderr, "run: no command\n");
		return 125;
	}
	prctl(PR_SET_CHILD_SUBREAPER, 1);
	started_us = monotonic_us();
	command = fork();
	if (command < 0)
		fail("fork");
	if (command == 0) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		redirect(STDOUT_FILENO, output);
		redirect(STDERR_FILENO, errors);
		execvp(arguments[optind], arguments + optind);
		fail(arguments[optind]);
	}
	setpgid(command, command);
	handle(SIGTERM, pass_on);
	handle(SIGINT, pass_on);
	handle(SIGUSR1, pass_on);
	handle(SIGUSR2, pass_on);
	handle(SIGALRM, time_out);
	alarm(limit_seconds);
	printf("{\"pid\":%d}\n", command);
	fflush(stdout);

	while (waitpid(command, &status, 0) < 0 && errno == EINTR)
		;
	wall_us = monotonic_us() - started_us;
	while ((ended = wait(NULL)) > 0 || (ended < 0 && errno == EINTR))
		;
	getrusage(RUSAGE_CHILDREN, &usage);
	printf("{\"exit\":%d,\"signal\":%d,\"wallUs\":%lld,\"userUs\":%lld,\"systemUs\":%lld,\"peakKib\":%ld}\n",
	       WIFEXITED(status) ? WEXITSTATUS(status) : -1, WIFSIGNALED(status) ? WTERMSIG(status) : 0, wall_us,
	       to_us(usage.ru_utime), to_us(usage.ru_stime), usage.ru_maxrss);
	return 0;
}
