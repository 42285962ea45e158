/// The four lists of users that may do something with a note; an empty list admits everybody.
package struct Permissions: Sendable, Codable, Equatable {
    var owners: Set<String>
    var readers: Set<String>
    var runners: Set<String>
    var writers: Set<String>

    package init(owners: Set<String> = [], readers: Set<String> = [], runners: Set<String> = [], writers: Set<String> = []) {
        self.owners = owners
        self.readers = readers
        self.runners = runners
        self.writers = writers
    }

    package enum Right: String, Sendable {
        case reader = "READER"
        case runner = "RUNNER"
        case writer = "WRITER"
        case owner = "OWNER"
    }

    /// What a new note gets: its maker owns it, and everybody else may still read, run and write it.
    package static func publicNote(of user: String) -> Permissions { Permissions(owners: [user]) }

    package func allows(_ right: Right, to user: String) -> Bool {
        switch right {
        case .owner: admits(owners, user)
        case .writer: admits(writers, user) || admits(owners, user)
        case .runner: admits(runners, user) || admits(writers, user) || admits(owners, user)
        case .reader: admits(readers, user) || allows(.runner, to: user)
        }
    }

    /// The list that a refusal names.
    func list(for right: Right) -> Set<String> {
        switch right {
        case .owner: owners
        case .writer: writers
        case .runner: runners
        case .reader: readers
        }
    }

    /// Fills empty higher lists with the caller, so that a list which is filled shuts strangers out of all above it.
    package func closedUpwards(by caller: String) -> Permissions {
        var closed = self
        if !closed.readers.isEmpty, closed.runners.isEmpty { closed.runners = [caller] }
        if !closed.runners.isEmpty, closed.writers.isEmpty { closed.writers = [caller] }
        if !closed.writers.isEmpty, closed.owners.isEmpty { closed.owners = [caller] }
        return closed
    }

    private func admits(_ list: Set<String>, _ user: String) -> Bool { list.isEmpty || list.contains(user) }
}
