import Synchronization

/// A file of keys that is read again when it changes, so that keys come and go without a restart.
///
/// A key that is taken out of the file is refused a second later; a token with a key that was just added is good at once. If the new file
/// is bad or gone, the keys that were read last stay in use, and ``onNotice`` hears of it: a slip of the hand locks nobody out. So to take a
/// key away, leave a good file without it.
package final class KeySetFile: KeySource {
    private struct State {
        var keys: KeySet
        /// Of the file that was looked at last, good or bad; `nil` if there was none to look at.
        var stamp: KeySetContent.Stamp?
        var lastLook: ContinuousClock.Instant
        var lastSearch: ContinuousClock.Instant?
        /// What was said last about a bad file, so that it is said once.
        var complaint: String?
    }

    /// Between two looks at the file; and, apart from those, between two looks because of a key that nobody knows. The second has a limit
    /// of its own, since everybody can make up key ids.
    private static let pause = Duration.seconds(1)

    private let path: String
    private let monotonicClock: @Sendable () -> ContinuousClock.Instant
    private let onNotice: @Sendable (String) -> Void
    private let state: Mutex<State>

    /// Reads the file for the first time.
    ///
    /// - Parameters:
    ///   - monotonicClock: Says when it is time for another look.
    ///   - onNotice: Is told, in a sentence for the operator, of every change of the keys and of every file that cannot be used. Called in the
    ///     middle of a request.
    /// - Throws: ``KeySetError`` if there is no good set to begin with.
    package init(
        path: String, monotonicClock: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        onNotice: @escaping @Sendable (String) -> Void
    ) throws(KeySetError) {
        let content = try KeySetContent.read(path)
        let keys = try KeySet(content)
        (self.path, self.monotonicClock, self.onNotice) = (path, monotonicClock, onNotice)
        state = Mutex(State(keys: keys, stamp: content.stamp, lastLook: monotonicClock()))
        if keys.count == 0 { onNotice(Self.description(of: keys, in: path)) }
    }

    package func current() -> KeySet {
        look { state, now in now - state.lastLook >= Self.pause }
    }

    package func lookAgain() -> KeySet {
        look { state, now in
            if let last = state.lastSearch, now - last < Self.pause { return false }
            state.lastSearch = now
            return true
        }
    }

    /// The lock is held while the file is read: of two readings the later has to win, and a reading is short and rare.
    private func look(ifDue isDue: (inout State, ContinuousClock.Instant) -> Bool) -> KeySet {
        let now = monotonicClock()
        let (keys, notice) = state.withLock { state -> (KeySet, String?) in
            guard isDue(&state, now) else { return (state.keys, nil) }
            state.lastLook = now
            let notice = read(into: &state)
            return (state.keys, notice)
        }
        if let notice { onNotice(notice) }
        return keys
    }

    /// - Returns: What there is to say.
    private func read(into state: inout State) -> String? {
        let content: KeySetContent
        do {
            guard let changed = try KeySetContent.read(path, unless: state.stamp) else { return nil }
            content = changed
        } catch {
            state.stamp = nil
            return complain(error, &state)
        }
        state.stamp = content.stamp
        do {
            state.keys = try KeySet(content)
        } catch {
            return complain(error, &state)
        }
        state.complaint = nil
        return Self.description(of: state.keys, in: path)
    }

    private func complain(_ error: KeySetError, _ state: inout State) -> String? {
        let complaint = "\(error). Until then the keys that were read before it count."
        defer { state.complaint = complaint }
        return state.complaint == complaint ? nil : complaint
    }

    private static func description(of keys: KeySet, in path: String) -> String {
        switch keys.count {
        case 0: "\(path) holds no key: every token is refused"
        case 1: "\(path) was read: 1 key counts"
        default: "\(path) was read: \(keys.count) keys count"
        }
    }
}
