import Glibc

/// Hands work from tasks to a thread, which sleeps while there is none.
final class Mailbox<Item: Sendable>: @unchecked Sendable {
    // Only touched with `mutex` held. A thread that waits needs a condition variable, which the standard library has not.
    private var items: [Item] = []
    private var isClosed = false
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrival = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(arrival, nil)
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
        defer { pthread_mutex_unlock(mutex) }
        guard !isClosed else { return false }
        items.append(item)
        pthread_cond_signal(arrival)
        return true
    }

    /// Takes nothing in from now on; what is in it is still handed over.
    func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_signal(arrival)
        pthread_mutex_unlock(mutex)
    }

    /// Waits for items and takes the first `count(items)` of them; `nil` once the mailbox is closed and empty.
    func take(_ count: ([Item]) -> Int) -> [Item]? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while items.isEmpty {
            guard !isClosed else { return nil }
            pthread_cond_wait(arrival, mutex)
        }
        let taken = count(items)
        defer { items.removeFirst(taken) }
        return Array(items.prefix(taken))
    }
}
