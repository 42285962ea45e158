import HindsightCore
import SQLiteConnection

/// A selection in terms of the index: which blocks to look at, and which of their events are selected.
struct IndexSearch {
    /// A property by its number.
    struct Term: Hashable {
        let kind: PostingKind
        let number: Int64
    }

    /// In every block with a selected event one of these occurs.
    let drivingTerms: [Term]
    /// Of each group one term.
    private let filter: [[Term]]
    /// Of one item each group one term.
    private let items: [[[Term]]]?

    /// SQLite merges up to 500 sorted answers; long before that a scan is as good.
    private static let mostTerms = 100

    /// - Returns: `nil` for a selection that the index does not help: one by neither type nor category nor tag, or by very many.
    init?(_ selection: EventSelection, on connection: Connection) throws(SQLiteError) {
        let numbers = TermNumbers(connection: connection)
        let tags = try numbers.group(.tag, selection.filter.tags)
        let types = try numbers.group(.type, selection.filter.types)
        let categories = try numbers.group(.category, selection.filter.categories)
        var items: [(tags: [[Term]], types: [Term]?)]?
        if let query = selection.query {
            items = []
            for item in query.items {
                var tags: [[Term]] = []
                for tag in item.tags { tags.append(try numbers.group(.tag, [tag]) ?? []) }
                items?.append((tags, try numbers.group(.type, item.types)))
            }
        }
        // The rarest property drives: a tag names one thing, a type one kind of event, a category a whole class of streams.
        let ofItems = items.flatMap { items -> [Term]? in
            var terms: [Term] = []
            for item in items {
                guard let group = item.tags.first ?? item.types else { return nil }
                terms += group
            }
            return terms
        }
        guard let driving = tags ?? ofItems ?? types ?? categories, driving.count <= Self.mostTerms else { return nil }
        drivingTerms = Array(Set(driving))
        filter = [tags, types, categories].compactMap { $0 }
        self.items = items.map { $0.map { $0.tags + ($0.types.map { [$0] } ?? []) } }
    }

    /// The selected events of a complete block.
    func subset(of block: Int64, in postings: Postings) throws -> BlockSubset {
        var found = try intersection(of: filter, block, postings)
        if let items {
            var any = BlockSubset.empty
            for item in items { any.formUnion(try intersection(of: item, block, postings)) }
            found.formIntersection(any)
        }
        return found
    }

    private func intersection(of groups: [[Term]], _ block: Int64, _ postings: Postings) throws -> BlockSubset {
        var all = BlockSubset.whole
        for group in groups where !all.isEmpty {
            var any = BlockSubset.empty
            for term in group { any.formUnion(try postings.subset(term.kind, term.number, in: block)) }
            all.formIntersection(any)
        }
        return all
    }
}

private struct TermNumbers {
    let connection: Connection

    /// `nil` where no name is asked for; names that the index does not know are left out.
    func group(_ kind: PostingKind, _ names: [some CustomStringConvertible]) throws(SQLiteError) -> [IndexSearch.Term]? {
        guard !names.isEmpty else { return nil }
        var terms: [IndexSearch.Term] = []
        for name in names {
            if let number = try kind.names.number(of: name.description, on: connection) {
                terms.append(IndexSearch.Term(kind: kind, number: number))
            }
        }
        return terms
    }
}
