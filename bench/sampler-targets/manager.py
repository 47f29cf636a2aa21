"""A real multiprocessing manager under the load of two clients. Prints its pid, then answers each line with how many calls were done."""
import multiprocessing
import sys


def client(shared, done):
    try:
        while True:
            shared['key'] = shared.get('key', 0)
            done.value += 2
    except (EOFError, OSError):
        pass


if __name__ == '__main__':
    context = multiprocessing.get_context('fork')
    manager = context.Manager()
    shared = manager.dict()
    counters = [context.Value('Q', 0, lock=False) for _ in range(2)]
    for counter in counters:
        context.Process(target=client, args=(shared, counter), daemon=True).start()
    print(manager._process.pid, flush=True)
    for _ in sys.stdin:
        print(sum(counter.value for counter in counters), flush=True)
