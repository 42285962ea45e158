/// Four lists as a request brings them; one that is missing is a null to Zeppelin, which finds out half-way.
package struct PermissionChange: Sendable {
    private var readers: Set<String>?
    private var runners: Set<String>?
    private var writers: Set<String>?
    private var owners: Set<String>?

    package init(_ body: JSON?) {
        func list(_ name: String) -> Set<String>? { body?[name]?.array.map { Set($0.compactMap(\.string)) } }
        readers = list("readers")
        runners = list("runners")
        writers = list("writers")
        owners = list("owners")
    }

    /// Replaces the lists in Zeppelin's order: readers, runners, writers, owners.
    ///
    /// A list that is filled fills empty higher ones with the caller first. A higher list that is missing then stops everything;
    /// any other missing list stops at its own turn, and those before it stay replaced.
    /// - Returns: Whether all four were there.
    package func apply(to permissions: inout Permissions, by caller: Caller) -> Bool {
        guard let lists = filledUpwards(by: caller.name) else { return false }
        guard let readers = lists.readers else { return false }
        permissions.readers = readers
        guard let runners = lists.runners else { return false }
        permissions.runners = runners
        guard let writers = lists.writers else { return false }
        permissions.writers = writers
        guard let owners = lists.owners else { return false }
        permissions.owners = owners
        return true
    }

    private func filledUpwards(by user: String) -> PermissionChange? {
        var lists = self
        let order: [WritableKeyPath<PermissionChange, Set<String>?>] = [\.readers, \.runners, \.writers, \.owners]
        for (place, lower) in order.dropLast().enumerated() where lists[keyPath: lower]?.isEmpty == false {
            for higher in order.dropFirst(place + 1) {
                guard let list = lists[keyPath: higher] else { return nil }
                if list.isEmpty { lists[keyPath: higher] = [user] }
            }
        }
        return lists
    }
}
