-- SPDX-License-Identifier: GPL-2.0
-- A writer for pandoc that turns Documentation/virtio-gpu-map-attr.md into LaTeX in the
-- virtio specification's own form, in parts that scripts/root/spec-edit puts where they belong:
--
--   %%part text 2.1     heading and prose of a section
--   %%part device 2.1   its \devicenormative, from the lists after "Device:"
--   %%part driver 2.1   its \drivernormative, from those after "Driver:"
--   %%part aside 2.1    what the specification does not need, as plain text
--
-- Each clause begins with \clause{D12} instead of \item.

local here = pandoc.path.directory(PANDOC_SCRIPT_FILE)
local sections = dofile(here .. '/sections.lua')
local words = loadfile(here .. '/words.lua')(sections)
local tabular = dofile(here .. '/table.lua')

local COLUMNS = 74
local BEGIN, END = '<!-- not in the specification -->', '<!-- end -->'
local headings = { [2] = '\\subsubsection', [3] = '\\paragraph' }
local below = { [2] = '\\paragraph', [3] = '\\subparagraph' }

-- latex BLOCKS [LABEL]: LABEL is the one of the clauses they are part of. The specification
-- has a package that makes underscores ordinary characters.
local function latex(blocks, label)
	local doc = pandoc.Pandoc(blocks):walk {
		Table = function(t) return pandoc.RawBlock('latex', tabular(t, latex)) end,
	}:walk {
		Para = function(p) return pandoc.Para(words(p.content, label)) end,
		-- What is in a cell of a table keeps its short names.
		Plain = function(p) return pandoc.Plain(words(p.content, label, true)) end,
		Strong = function(s) return pandoc.Strong(words(s.content, label)) end,
		CodeBlock = function(c)
			return pandoc.RawBlock('latex',
				'\\begin{lstlisting}\n' .. c.text .. '\n\\end{lstlisting}')
		end,
		BulletList = function() error('a list that is neither Device nor Driver') end,
	}
	local options = pandoc.WriterOptions { columns = COLUMNS, wrap_text = 'auto' }
	return (pandoc.write(doc, 'latex', options):gsub('\\_', '_'))
end

-- The side of a paragraph that announces clauses, and the condition they are under, if
-- any: "Driver, where the device does not offer X:" becomes "Where the device ...".
local function announces(para)
	local side = pandoc.utils.stringify(para):match('^(D%l+)[,:].*:$') or
		pandoc.utils.stringify(para):match('^(D%l+):$')
	if side ~= 'Device' and side ~= 'Driver' then return nil end
	local rest = pandoc.Inlines {}
	for i = 3, #para.content do rest:insert(para.content[i]) end
	if not rest[1] then return side:lower() end
	rest[1] = pandoc.Str((rest[1].text:gsub('^%l', string.upper)))
	return side:lower(), rest
end

local function new_part(section)
	return { section = section, text = {}, device = {}, driver = {}, aside = {} }
end

-- Put clauses where they belong: to those of the section that are there already, unless a
-- condition comes first.
local function add_list(part, side, condition, list)
	local items, lists = {}, part[side]
	if lists[1] and not condition then items = lists[#lists].items end
	for _, item in ipairs(list.content) do
		local id, whose, text = sections.clause(item[1].content)
		assert(id and whose == side, 'a clause without an id, or on the wrong side: ' ..
			pandoc.utils.stringify(item))
		sections.home[id] = sections.normative(part.section, side)
		items[#items + 1] = { id = id, text = text }
	end
	if items ~= (lists[1] and lists[#lists].items) then
		table.insert(lists, { condition = condition, items = items })
	end
end

-- One block: of the text, or the beginning of the next part.
local function add_block(parts, state, block)
	local part = parts[#parts]
	if block.t == 'Header' and block.level > 1 then
		state.side = nil
		parts[#parts + 1] = new_part(sections.enter(block))
		parts[#parts].unwanted = state.aside
		state.side = parts[#parts].section.side
	elseif block.t == 'RawBlock' or state.aside then
		local mark = block.t == 'RawBlock' and block.text:gsub('%s+$', '')
		assert(not mark or mark == (state.aside and END or BEGIN), mark)
		if mark then state.aside = not state.aside else table.insert(part.aside, block) end
	elseif block.t == 'Para' and announces(block) then
		state.side, state.condition = announces(block)
	elseif block.t == 'BulletList' then
		add_list(part, state.side, state.condition, block)
		state.side, state.condition = part.section.side, nil
	elseif block.t ~= 'Header' then
		table.insert(part.text, block)
	end
end

local function normative(part, side)
	local s, out = part.section, {}
	local title = s.number == '1' and 'Feature bits' or s.number == '2' and 'Map attributes' or
		'Map attributes: ' .. s.title
	local label = sections.normative(s, side)
	local level = s.number == '1' and '\\subsubsection' or below[s.level]
	out[1] = ('\\%snormative{%s}{%s}{%s}\n'):format(side, level, title, s.label)
	for _, list in ipairs(part[side]) do
		if list.condition then
			out[#out + 1] = latex({ pandoc.Para(list.condition) }, label) .. '\n'
		end
		out[#out + 1] = '\\begin{itemize}'
		for _, item in ipairs(list.items) do
			out[#out + 1] = '\\clause{' .. item.id .. '} ' ..
				latex({ pandoc.Para(item.text) }, label)
		end
		out[#out + 1] = '\\end{itemize}'
	end
	return table.concat(out, '\n')
end

-- Heading and prose. In section 1 a paragraph that begins with a bold name is an item of a
-- list of the specification's.
local function prose(part)
	local s = part.section
	local text = latex(part.text)
	if s.number == '1' then return (text:gsub('^\\textbf(%b{})', function(name)
		return '\\item[' .. name:sub(2, -2) .. ']' end)) end
	if s.side then return text end
	assert(s.level == 2 or not text:find('^\\begin{tabular}'),
		'a table right below a heading, which LaTeX puts beside it: ' .. s.title)
	local title = s.level == 2 and
		'Device Operation: ' .. (s.number == '2' and '' or 'Map attributes: ') or ''
	return ('%s{%s%s}\\label{sec:%s}\n\n%s'):format(headings[s.level], title, s.title,
		s.label, text):gsub('%s+$', '')
end

local function write(part)
	local number, out = part.section.number, {}
	local function add(kind, text)
		if text ~= '' then out[#out + 1] = '%%part ' .. kind .. ' ' .. number .. '\n' .. text end
	end
	if not part.unwanted then add('text', (prose(part))) end
	for _, side in ipairs { 'device', 'driver' } do
		if part[side][1] then add(side, normative(part, side)) end
	end
	if part.aside[1] then
		add('aside', pandoc.write(pandoc.Pandoc(part.aside), 'plain',
			pandoc.WriterOptions { columns = 72 }))
	end
	return table.concat(out, '\n')
end

function Writer(doc)
	local parts, state, out = { new_part { number = '0', title = '', level = 1 } }, {}, {}
	for _, block in ipairs(doc.blocks) do add_block(parts, state, block) end
	assert(not state.aside, 'a mark that does not end')
	for i = 2, #parts do out[#out + 1] = write(parts[i]) end
	return table.concat(out, '\n') .. '\n'
end
