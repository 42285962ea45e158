import AudienceJobs

/// Which audience each client of an offer belongs to, in numbers: counted from the files, client by client.
package struct OfferResolution: Sendable, Equatable {
    package struct Size: Sendable, Equatable {
        /// In the audience's own file.
        package let clients: Int
        /// Of them, those who belong to no audience before it.
        package let assigned: Int
    }

    package struct Overlap: Sendable, Equatable, Encodable {
        /// Two of them, the winning one first.
        package let types: [String]
        /// In both files, whatever other files they are in.
        package let clients: Int

        package init(types: [String], clients: Int) {
            self.types = types
            self.clients = clients
        }
    }

    /// In the order of precedence.
    package private(set) var sizes: [Size] = []
    /// Every pair of audiences, those without a common client as well.
    package private(set) var overlaps: [Overlap] = []
    /// Different ones.
    package private(set) var clients = 0
    package private(set) var inSeveral = 0

    /// - Parameter files: Of each audience its type and a way to its clients, in the order of precedence; at most 64.
    init(_ files: [(type: String, clients: () throws -> [String])]) throws {
        precondition(files.count <= UInt64.bitWidth, "an offer has at most 32 audiences")
        var places: [String: UInt64] = [:]
        for (index, file) in files.enumerated() {
            for client in try file.clients() { places[client, default: 0] |= 1 << index }
        }
        // Far fewer different combinations than clients.
        var combinations: [UInt64: Int] = [:]
        for place in places.values { combinations[place, default: 0] += 1 }
        clients = places.count
        inSeveral = combinations.reduce(0) { $0 + ($1.key.nonzeroBitCount > 1 ? $1.value : 0) }
        func count(where matches: (UInt64) -> Bool) -> Int { combinations.reduce(0) { $0 + (matches($1.key) ? $1.value : 0) } }
        sizes = files.indices.map { index in
            Size(clients: count { $0 >> index & 1 == 1 }, assigned: count { $0.trailingZeroBitCount == index })
        }
        for first in files.indices {
            for second in files.indices.dropFirst(first + 1) {
                let both: UInt64 = 1 << first | 1 << second
                overlaps.append(Overlap(types: [files[first].type, files[second].type], clients: count { $0 & both == both }))
            }
        }
    }
}
