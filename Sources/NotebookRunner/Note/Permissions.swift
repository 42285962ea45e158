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

    package func allows(_ right: Right, to caller: Caller) -> Bool {
        switch right {
        case .owner: admits(owners, caller)
        case .writer: admits(writers, caller) || admits(owners, caller)
        case .runner: admits(runners, caller) || admits(writers, caller) || admits(owners, caller)
        case .reader: admits(readers, caller) || allows(.runner, to: caller)
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

    private func admits(_ list: Set<String>, _ caller: Caller) -> Bool { list.isEmpty || !list.isDisjoint(with: caller.entities) }
}
