-- SPDX-License-Identifier: GPL-2.0
-- A table, as the specification has them: a tabular with lines around everything. Columns
-- are as wide as what is in them, or, if that is too wide for a page, share its width.

local PAGE, SEPARATOR = 14, 0.45 -- centimetres: the text, what surrounds a column

-- How wide a string is, in centimetres: a guess, good enough for columns.
local function width(s)
	local capitals = select(2, s:gsub('[%u_]', ''))
	return 0.25 * capitals + 0.185 * (utf8.len(s) - capitals)
end

local function longest_word(s)
	local most = 0
	for word in s:gmatch('%S+') do most = math.max(most, width(word)) end
	return most
end

-- What each column needs, on one line and broken between words.
local function needs(rows)
	local all, word = {}, {}
	for _, row in ipairs(rows) do
		for i, cell in ipairs(row) do
			local s = pandoc.utils.stringify(cell)
			all[i] = math.max(all[i] or 0, width(s))
			word[i] = math.max(word[i] or 0, longest_word(s))
		end
	end
	return all, word
end

-- The format of the columns. Those that fit into an equal share of the page, or cannot be
-- broken, are left as wide as they are; the others divide the rest, none narrower than its
-- longest word.
local function columns(rows)
	local all, word = needs(rows)
	local room, wide = PAGE - #all * SEPARATOR, 0
	local share, format = room / #all, {}
	for i, need in ipairs(all) do
		if need <= math.max(share, word[i]) then
			room, format[i] = room - need, 'l'
		else
			wide = wide + need
		end
	end
	repeat
		local done = true
		for i, need in ipairs(all) do
			if not format[i] and room * need / wide < word[i] then
				room, wide, done = room - word[i], wide - need, false
				format[i] = ('p{%.1fcm}'):format(word[i])
			end
		end
	until done
	for i, need in ipairs(all) do
		if not format[i] then
			format[i] = wide <= room and 'l' or ('p{%.1fcm}'):format(room * need / wide)
		end
	end
	return '|' .. table.concat(format, '|') .. '|'
end

-- convert TABLE, LATEX: LATEX turns a cell's blocks into text.
return function(tbl, latex)
	local simple = pandoc.utils.to_simple_table(tbl)
	local rows = { simple.headers, table.unpack(simple.rows) }
	local out = { '\\begin{tabular}{' .. columns(rows) .. '}', '\\hline' }
	for i, row in ipairs(rows) do
		local cells = {}
		for j, cell in ipairs(row) do cells[j] = latex(cell):gsub('%s+', ' ') end
		out[#out + 1] = table.concat(cells, ' & ') .. ' \\\\'
		out[#out + 1] = i == 1 and '\\hline \\hline' or '\\hline'
	end
	out[#out + 1] = '\\end{tabular}'
	return table.concat(out, '\n')
end
