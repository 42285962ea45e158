import Glibc

/// Hands work from tasks to a thread, which sleeps while there is none.
final class Mailbox<Item: Sendable>: @unchecked Sendable {
    // Only touched with `mutex` held. A thread that waits needs a condition variable, which the standard library has not.
    private var items: [Item] = []
    private var isClosed = false
    /// How many items the thread sleeps for.
    private var wanted = 1
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrival = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(arrival, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(arrival)
        pthread_mutex_destroy(mutex)
        arrival.deallocate()
        mutex.deallocate()
    }

    /// Returns whether the item was taken in; a closed mailbox takes nothing.
    func put(_ item: Item) -> Bool {
        pthread_mutex_lock(mutex)
        guard !isClosed else {
            pthread_mutex_unlock(mutex)
            return false
        }
        items.append(item)
        let isAwaited = items.count >= wanted
        pthread_mutex_unlock(mutex)
        // After unlocking: a thread that wakes would wait for the lock at once.
        if isAwaited { pthread_cond_signal(arrival) }
        return true
    }

    /// How many items are in it.
    var count: Int {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return items.count
    }

    /// Takes nothing in from now on; what is in it is still handed over.
    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_signal(arrival)
        pthread_mutex_unlock(mutex)
    }

    /// Waits for an item, then a while for as many as are worth waiting for, and takes the first `count(items)` of them; `nil` once the
    /// mailbox is closed and empty.
    func take(_ gathering: inout Gathering, _ count: ([Item]) -> Int) -> [Item]? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let (worth, patience) = gathering.next()
        while items.isEmpty {
            guard !isClosed else { return nil }
            pthread_cond_wait(arrival, mutex)
        }
        if worth > 1 {
            wait(for: worth, patience)
            gathering.waited(came: items.count >= worth)
        }
        let taken = count(items)
        defer { items.removeFirst(taken) }
        return Array(items.prefix(taken))
    }

    private func wait(for count: Int, _ patience: Duration) {
        wanted = count
        defer { wanted = 1 }
        var deadline = timespec()
        clock_gettime(CLOCK_MONOTONIC, &deadline)
        let nanoseconds = deadline.tv_nsec + Int(patience / .nanoseconds(1))
        deadline.tv_sec += nanoseconds / 1_000_000_000
        deadline.tv_nsec = nanoseconds % 1_000_000_000
        while items.count < count, !isClosed, pthread_cond_timedwait(arrival, mutex, &deadline) == 0 {}
    }
}
