/// Places from 0 on, divided by what joins them.
struct DisjointSets {
    /// Another place of the same set; itself for the one that stands for the set, which is the first.
    private var parents: [Int]

    init(count: Int) { parents = Array(0..<count) }

    /// The first place of the set.
    mutating func root(_ place: Int) -> Int {
        var place = place
        while parents[place] != place {
            parents[place] = parents[parents[place]]
            place = parents[place]
        }
        return place
    }

    /// - Returns: Whether they were in two sets.
    @discardableResult
    mutating func join(_ one: Int, _ other: Int) -> Bool {
        let (first, second) = (root(one), root(other))
        guard first != second else { return false }
        parents[max(first, second)] = min(first, second)
        return true
    }

    /// The first place of each one's set.
    var roots: [Int] {
        var sets = self
        return parents.indices.map { sets.root($0) }
    }
}
